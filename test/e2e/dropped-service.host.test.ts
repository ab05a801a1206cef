import { readFileSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { PreparedInstallation } from '../support/prepared-installation.ts';
import type { Desk } from '../support/program.ts';

/**
 * The operator's own services, and what they need of what the release drops. Docker's own CLI judges the files; no engine
 * is needed for that.
 */

const installation = new PreparedInstallation('2026.9.0');

beforeAll(() => installation.registry.seedRelease({ version: '2026.11.0', tags: ['stable'] }));

const needs = [
  'depends_on: [mailer]',
  'depends_on: { mailer: { condition: service_healthy } }',
  'links: [mailer]',
  'extends: { file: docker-compose.yml, service: mailer }',
  'extends: { file: ./docker-compose.yml, service: mailer }',
  'volumes_from: [mailer]',
  'network_mode: "service:mailer"',
  'ipc: "service:mailer"',
  'pid: "service:mailer"',
  'volumes: ["mailer:/data"]',
  'networks: [mailer]',
  'secrets: [mailer]',
  'configs: [mailer]',
];

const own = (need: string) => `services:\n  own:\n    image: busybox\n    ${need}\n`;

/** An installation of the release that has the service, with the real docker. */
function deskWith(override: string): Desk {
  const desk = installation.copy();
  rmSync(desk.path('.bin/docker'));
  desk.write('proto/backend/docker-compose.override.yml', override);
  return desk;
}

const filesOnly = ['--yes', '--without-engine'];

describe('what the override needs of what the release drops', () => {
  it.each(needs)('stops the update before anything changes: %s', async (need) => {
    const desk = deskWith(own(need));
    const before = desk.tree();
    const { code, document } = await desk.json('update', ...filesOnly);
    expect(document.error?.message).toContain('mailer');
    expect(document.error?.hint).toMatch(/override.*Nothing was changed\./);
    expect(code).toBe(document.error?.code === 'COMPOSE_INVALID' ? 3 : 5);
    expect(desk.tree()).toEqual(before);
    // The plan is not shown as if it could be had.
    expect((await desk.run('update', '--dry-run', '--without-engine')).code).toBe(code);
  });

  it('may be in docker-compose.yml itself', async () => {
    const desk = deskWith('services: {}\n');
    const file = 'proto/backend/docker-compose.yml';
    const text = readFileSync(desk.path(file), 'utf8');
    desk.write(file, text.replace('services:\n', own(needs[0] ?? '')));
    const { document } = await desk.json('update', ...filesOnly);
    expect(document.error).toMatchObject({ code: 'COMPOSE_INVALID' });
  });

  it('stops a rollback to a state without that service, too', async () => {
    const desk = deskWith('services: {}\n');
    expect((await desk.run('update', ...filesOnly)).code).toBe(0);
    expect((await desk.run('rollback', ...filesOnly)).code).toBe(0);
    desk.write('proto/backend/docker-compose.override.yml', own(needs[0] ?? ''));
    const before = desk.tree();
    // The state of before the rollback is the newer release.
    const { code, document } = await desk.json('rollback', '2', ...filesOnly);
    expect([code, document.error?.code]).toEqual([3, 'COMPOSE_INVALID']);
    expect(desk.tree()).toEqual(before);
  });
});

it('needs no docker where only files change', async () => {
  const desk = deskWith(own('labels: { a: b }'));
  desk.env.PATH = desk.path('.bin');
  const { code, stderr } = await desk.run('update', ...filesOnly);
  expect(code, stderr).toBe(0);
});
