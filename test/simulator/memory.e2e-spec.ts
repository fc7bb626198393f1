import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { settingsFrom } from '../../apps/sinch-simulator/src/settings.js';
import { startSimulator } from '../../apps/sinch-simulator/src/simulator.js';
import {
  accountPath,
  admin,
  partnerInitiated,
  projectId,
  putAdmin,
  putProject,
  startBench,
} from './harness.js';

describe('the memory of the Sinch simulator', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sinch-simulator-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('projects, clients, accounts and activities survive a restart, tokens and faults do not', async () => {
    const dataFile = join(folder, 'deep', 'state.json');
    const before = await startBench(dataFile);
    await putProject(before, { account: 'REJECTED', name: 'Northwind' });
    await putProject(before, { projectId: 'older', name: 'Older' });
    await before.send(accountPath('production', 'older'), {
      method: 'POST',
      json: { companyLegalName: 'Older', clientBusinessManagerId: '1' },
    });
    await putAdmin(before);
    await before.send(accountPath(), { method: 'PATCH', json: { wabaName: 'Northwind Limited' } });
    await before.control('POST', '/faults', { times: 0, cutBody: true, operation: 'comments.create' });
    const token = await before.token('admin-production', admin);
    const account = await before.send(accountPath());
    const activities = await before.send(`${accountPath()}/activities`);
    const overview = await before.control('GET', '');
    await before.simulator.close();

    const after = await startBench(dataFile);
    const projects = (await after.control('GET', '')).body['projects'];
    expect((await after.send(accountPath())).body).toEqual(account.body);
    expect((await after.send(`${accountPath()}/activities`)).body).toEqual(activities.body);
    expect(projects).toEqual(overview.body['projects']);
    expect((await after.control('GET', '/faults')).body).toEqual({ faults: [] });
    const authorization = `Bearer ${token}`;
    expect((await after.send(accountPath('admin-production'), { authorization })).status).toBe(401);
    expect(await after.token('admin-production', admin)).toContain('.');
    await after.simulator.close();
  });

  it('the file is accessible to its owner only, and no other file remains', async () => {
    const dataFile = join(folder, 'state.json');
    const bench = await startBench(dataFile);
    await putProject(bench);
    await bench.simulator.close();

    expect((await stat(dataFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['state.json']);
    expect(JSON.parse(await readFile(dataFile, 'utf8'))).toMatchObject({ projects: [{ projectId }] });
  });

  it.each([
    ['text that is not JSON', '{"projects":', /is not JSON/],
    ['no state', '{"projects":[{}]}', /is damaged: projects\.0\.environment must be one of/],
  ])('a file with %s is rejected at start', async (_, content, message) => {
    const dataFile = join(folder, 'state.json');
    await writeFile(dataFile, content);

    await expect(startSimulator({ port: 0, dataFile })).rejects.toThrow(message);
  });

  it('a change that cannot be saved is an internal error and is not applied', async () => {
    const dataFile = join(folder, 'gone', 'state.json');
    const bench = await startBench(dataFile);
    await putProject(bench);
    await rm(join(folder, 'gone'), { recursive: true });
    await writeFile(join(folder, 'gone'), 'a file in the way');

    const reply = await bench.send(accountPath(), { method: 'POST', json: partnerInitiated });

    expect(reply.status).toBe(500);
    expect(reply.body).toMatchObject({ errorCode: 'internal_error', message: 'Internal server error.' });
    expect((await bench.send(accountPath())).status).toBe(404);
    await bench.simulator.close();
  });
});

describe('starting the Sinch simulator', () => {
  it('fails on a taken port with the error of the socket', async () => {
    const bench = await startBench();

    await expect(startSimulator({ port: bench.simulator.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await bench.simulator.close();
  });

  it.each([
    [{}, { host: '127.0.0.1', port: 4010 }],
    [
      { SIMULATOR_HOST: '0.0.0.0', SIMULATOR_PORT: '0', SIMULATOR_DATA: 'state.json' },
      { host: '0.0.0.0', port: 0, dataFile: 'state.json' },
    ],
  ])('reads its settings from %j', (env, expected) => {
    expect(settingsFrom(env)).toEqual(expected);
  });

  it.each(['http', '-1', '65536', '1.5'])('rejects %s as a port', (SIMULATOR_PORT) => {
    expect(() => settingsFrom({ SIMULATOR_PORT })).toThrow(/^SIMULATOR_PORT must be a number/);
  });
});
