import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface SelfSigned {
  /** Key and certificate in PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Subject {
  /** The only name or IPv4 address of the certificate. */
  readonly for: string;
  readonly validFrom?: Date;
  readonly validTo?: Date;
}

const OID = {
  commonName: '0603550403',
  subjectAltName: '0603551d11',
  ecdsaWithSha256: '06082a8648ce3d040302',
};
const [INTEGER, BIT_STRING, OCTET_STRING, UTF8_STRING, UTC_TIME, SEQUENCE, SET] = [
  0x02, 0x03, 0x04, 0x0c, 0x17, 0x30, 0x31,
];
const dayMs = 86_400_000;

/** A server certificate (RFC 5280) that is signed only by itself. */
export function selfSigned(subject: Subject): SelfSigned {
  const { for: name, validFrom = new Date(Date.now() - dayMs) } = subject;
  const { validTo = new Date(validFrom.getTime() + 30 * dayMs) } = subject;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, hex(OID.ecdsaWithSha256));
  const issuer = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, hex(OID.commonName), der(UTF8_STRING, Buffer.from(name)))),
  );
  const extensions = der(
    SEQUENCE,
    der(SEQUENCE, hex(OID.subjectAltName), der(OCTET_STRING, der(SEQUENCE, generalName(name)))),
  );
  const statement = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    issuer,
    der(SEQUENCE, utcTime(validFrom), utcTime(validTo)),
    issuer,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', statement, privateKey)]);
  const certificate = der(SEQUENCE, statement, algorithm, der(BIT_STRING, signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  };
}

function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function generalName(name: string): Buffer {
  const isAddress = /^[\d.]+$/.test(name);
  return isAddress ? der(0x87, Buffer.from(name.split('.').map(Number))) : der(0x82, Buffer.from(name));
}

function utcTime(date: Date): Buffer {
  return der(
    UTC_TIME,
    Buffer.from(
      `${date
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );
}

function hex(bytes: string): Buffer {
  return Buffer.from(bytes, 'hex');
}
