import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** docker shows all lines for a number that it does not understand, and some times are errors of the engine. */

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  desk = new Desk(registry);
});
afterAll(async () => {
  desk.remove();
  await registry.close();
});

const codeOf = async (flag: string, value: string) => {
  const { stderr } = await desk.run('logs', `${flag}=${value}`);
  return /\[(\w+)\]/.exec(stderr)?.[1];
};

describe('logs', () => {
  it.each([
    ['--tail', ['abc', '-5', '1.5', '', '1e3', 'ALL', '0x10', ' 5']],
    [
      '--since',
      [
        'yesterday',
        '',
        '-10',
        '-10m',
        '10 m',
        '1d',
        '2026-13-01',
        '2026-02-30',
        '2026-11-26T25:00',
      ],
    ],
    ['--since', ['2026-11-26 02:00', '26.11.2026', '2026-11-26T02:00:00+1', 'now', '10m ago']],
  ])('refuses %s with %j', async (flag, values) => {
    const codes = await Promise.all(values.map((value) => codeOf(flag, value)));
    expect(codes).toEqual(values.map(() => 'USAGE'));
  });

  it.each([
    ['--tail', ['0', '5', 'all']],
    ['--since', ['10m', '1h30m', '1.5h', '500ms', '2026-11-26', '2026-11-26T02:00:00']],
    ['--since', ['2026-11-26T02', '2026-11-26T02:00', '2026-11-26T02:00:00.123456789Z']],
    ['--since', ['2026-11-26T02:00:00+01:00', '2026-11-26Z', '1764115200.5', '2024-02-29']],
  ])('takes %s with %j', async (flag, values) => {
    const codes = await Promise.all(values.map((value) => codeOf(flag, value)));
    expect(codes).toEqual(values.map(() => 'NOT_AN_INSTALLATION'));
  });

  it('says what to type instead', async () => {
    const { code, stderr } = await desk.run('logs', '--since', 'yesterday');
    expect(code).toBe(2);
    expect(stderr).toMatch(/"yesterday" is not a valid time or duration for --since\. \[USAGE\]/);
    expect(stderr).toContain('what to do: Use a duration such as 10m');
  });
});
