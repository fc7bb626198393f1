import { type Proof } from './certified-provider.js';

/**
 * A browser at the provider: it follows redirects, fills in the form and keeps the cookies of the provider.
 */
export class UserAgent {
  private readonly cookies = new Map<string, string>();

  constructor(private readonly issuer: string) {}

  /**
   * Opens the address of a sign-in. @returns the address to which the provider finally redirects the browser
   * @param login user name, if the provider requires a sign-in
   */
  async visit(address: string, login: string, proof: Proof = {}): Promise<string> {
    let at = address;
    for (let hop = 0; hop < 10; hop += 1) {
      if (new URL(at).origin !== this.issuer) return at;
      const { pathname } = new URL(at);
      const form = pathname.startsWith('/interaction/') ? formOf(login, proof) : undefined;
      at = await this.step(at, form);
    }
    throw new Error(`There is no end to the redirects from ${address}`);
  }

  /** Ends the session at the provider, which notifies its clients. */
  async signOut(): Promise<void> {
    const page = await this.ask(`${this.issuer}/session/end`);
    const html = await page.text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
    await this.ask(`${this.issuer}/session/end/confirm`, new URLSearchParams({ xsrf, logout: 'yes' }));
  }

  private async step(address: string, form: URLSearchParams | undefined): Promise<string> {
    const answer = await this.ask(address, form);
    const location = answer.headers.get('location');
    if (location === null) {
      throw new Error(`${address} was answered ${answer.status}: ${await answer.text()}`);
    }
    return new URL(location, address).href;
  }

  private async ask(address: string, form?: URLSearchParams): Promise<Response> {
    const answer = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const cookie of answer.headers.getSetCookie()) this.keep(cookie);
    return answer;
  }

  private keep(setCookie: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? [];
    if (value === '') this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

function formOf(login: string, { acr, amr, authTime, cancel }: Proof): URLSearchParams {
  return new URLSearchParams({
    login,
    acr: acr ?? '',
    amr: amr?.join(' ') ?? '',
    authTime: authTime?.toString() ?? '',
    ...(cancel === true ? { cancel: 'yes' } : {}),
  });
}
