import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { acquireGuard } from '../../src/transaction/run-guard.ts';
import { writeInstallation } from '../support/disk-installation.ts';
import { type Answer, containerAnswer, DockerStandIn } from '../support/docker-stand-in.ts';
import { Desk, finished } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { installed } from '../support/releases.ts';
import { StatusDocument } from '../support/status-schema.ts';
import { copyWithOwners } from '../support/tree.ts';

/** The commands around `docker compose`, with a docker that tells what it was asked and knows nothing else. */

let registry: EmbeddedRegistry;
let desk: Desk;

/** These machines have less memory than the platform asks for. */
const small = ['--ignore', 'memory'];

const values = {
  YOUR_URL: 'chat.example-bank.com',
  YOUR_SENDGRID_API_KEY: 'canary-sendgrid',
  YOUR_DESIRED_EMAIL_FROM: 'example-bank.com',
  YOUR_SENDGRID_INBOUND_URL_KEY_PARAM: 'canary-inbound',
  YOUR_OPENAI_API_KEY: 'canary-openai',
};
const rendered = installed('2026.11.0', values);
const named = (files: ReadonlyMap<string, string>) =>
  new Map(
    [...files].map(([path, text]) => [path, text.replace(/^name: .*$/m, 'name: proto-1a2b3c')]),
  );
const whole = {
  lock: { ...rendered.lock, project: 'proto-1a2b3c' },
  base: named(rendered.base),
  current: named(rendered.current),
};
const platform = 'proto/backend/config/platform.toml';

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  writeInstallation(desk.path('proto'), {
    ...whole,
    lock: {
      ...whole.lock,
      registry: registry.registryHost,
      group: process.getgid?.() ?? 0,
      appliedAt: '2026-11-26T13:59:22.123Z',
    },
  });
});
afterEach(() => desk.remove());

const image = (service: string) => `${registry.registryHost}/proto/${service}:stable`;
const model = (...services: string[]) =>
  JSON.stringify({
    name: 'proto-1a2b3c',
    services: Object.fromEntries(services.map((service) => [service, { image: image(service) }])),
  });
const services = ['chatbot', 'postgres'];
const config: Answer = { to: 'compose config --format json$', stdout: '' };
const withModel = (): Answer => ({ ...config, stdout: model(...services) });
const engine: Answer = { to: 'version --format', stdout: '26.1.5' };
const present: Answer = { to: 'image inspect --format', stdout: 'sha256:1' };
const up: Answer = { to: 'compose up --detach --no-build --pull never$' };
const ps = (after?: string): Answer => ({
  to: 'ps --all --quiet --no-trunc --filter label=com.docker.compose.project=proto-[0-9a-f]{6}$',
  stdout: services.map((service) => `id-of-${service}`).join('\n'),
  ...(after !== undefined && { after }),
});
/** What `ps` says once the containers were removed. */
const removed: Answer = { to: 'ps --all ', after: 'container rm' };
const none: Answer = { to: 'ps --(all --)?quiet' };
const inspect = (...containers: object[]): Answer => ({
  to: 'container inspect id-of-chatbot id-of-postgres$',
  stdout: JSON.stringify(containers),
});
const healthy = () => inspect(...services.map((service) => containerAnswer(service)));

describe('start', () => {
  it('asks no server and pulls nothing where all images are here', async () => {
    const before = registry.requests.length;
    const docker = new DockerStandIn(desk, [
      withModel(),
      engine,
      present,
      up,
      ps('compose up'),
      none,
      healthy(),
    ]);
    const { document, code, stderr } = await desk.json('start', ...small);
    expect(code, stderr).toBe(0);
    expect(document.result).toMatchObject({
      already: false,
      address: 'https://chat.example-bank.com',
      services: services.map((service) => ({ service, state: 'healthy' })),
    });
    const verbs = docker.calls.map((line) => line.split(' ').slice(0, 2).join(' '));
    // The checks ask side by side, in no order of theirs.
    expect(verbs.slice(0, 2)).toEqual(['compose config', 'version --format']);
    expect(verbs.filter((verb) => /^(pull|login|compose pull)/.test(verb))).toEqual([]);
    expect(verbs.indexOf('image inspect')).toBeLessThan(verbs.indexOf('compose up'));
    expect(verbs).toContain('compose up');
    expect(registry.requests.length).toBe(before);
  });

  it('does not wait for a service that is to have no containers', async () => {
    const of = JSON.parse(model(...services, 'msgrouter_ws'));
    of.services.msgrouter_ws.scale = 0;
    new DockerStandIn(desk, [
      { ...config, stdout: JSON.stringify(of) },
      engine,
      present,
      up,
      ps(),
      healthy(),
    ]);
    const { code, document } = await desk.json('start', ...small);
    expect([code, document.result.already]).toEqual([0, true]);
  });

  it('says so where it runs already', async () => {
    new DockerStandIn(desk, [withModel(), engine, present, up, ps(), healthy()]);
    const { code, stdout } = await desk.run('start', ...small);
    expect([code, stdout]).toEqual([
      0,
      '  chatbot   healthy\n  postgres  healthy\nThe platform is already running and healthy: https://chat.example-bank.com\n',
    ]);
  });

  it('logs in first where an image is missing and the token is old, and pulls that one alone', async () => {
    const inner = JSON.stringify({ payload: 'x', version: '2', expiration: 1_700_000_000 });
    const password = Buffer.from(inner).toString('base64');
    const auth = Buffer.from(`AWS:${password}`).toString('base64');
    mkdirSync(desk.path('.docker'));
    desk.write('.docker/config.json', { auths: { [registry.registryHost]: { auth } } });
    const docker = new DockerStandIn(desk, [
      withModel(),
      engine,
      { to: `image inspect .*${image('chatbot')}$`, code: 1, stderr: 'No such image' },
      present,
      { to: 'login --username AWS --password-stdin' },
      { to: `pull --quiet ${image('chatbot')}$` },
      up,
      ps('compose up'),
      none,
      healthy(),
    ]);
    const { code, stderr } = await desk.run('start', ...small);
    expect(code, stderr).toBe(0);
    const acts = docker.calls.filter((line) => /^(login|pull|compose up)/.test(line));
    expect(acts.map((line) => line.split(' ').slice(0, 1).join())).toEqual([
      'login',
      'pull',
      'compose',
    ]);
  });

  it('trusts a token that still holds, and logs in only when it is refused', async () => {
    const inner = JSON.stringify({ payload: 'x', version: '2', expiration: 4_000_000_000 });
    const auth = Buffer.from(`AWS:${Buffer.from(inner).toString('base64')}`).toString('base64');
    mkdirSync(desk.path('.docker'));
    desk.write('.docker/config.json', { auths: { [registry.registryHost]: { auth } } });
    const docker = new DockerStandIn(desk, [
      withModel(),
      engine,
      { to: `image inspect .*${image('chatbot')}$`, code: 1, stderr: 'Error: No such image: x' },
      present,
      { to: 'login ' },
      { to: 'pull ', after: 'login' },
      { to: 'pull ', code: 1, stderr: 'denied: Your authorization token has expired' },
      up,
      ps('compose up'),
      none,
      healthy(),
    ]);
    const { code, stderr } = await desk.run('start', ...small);
    expect(code, stderr).toBe(0);
    const acts = docker.calls.filter((line) => /^(login|pull)/.test(line));
    expect(acts.map((line) => line.split(' ')[0])).toEqual(['pull', 'login', 'pull']);
  });

  it.each([
    [
      'a port that is taken',
      'Error response from daemon: driver failed programming external connectivity on endpoint proto-chatbot-1: Bind for 127.0.0.1:8081 failed: port is already allocated',
      'PORT_TAKEN',
    ],
    ['what it does not know', 'Error response from daemon: something new', 'DOCKER_FAILED'],
  ])('tells of %s in docker compose up', async (_what, stderr, code) => {
    new DockerStandIn(desk, [
      withModel(),
      engine,
      present,
      { ...up, code: 1, stderr },
      ps('compose up'),
      none,
      inspect(containerAnswer('chatbot', { state: 'created' }), containerAnswer('postgres')),
    ]);
    const { document, code: exitCode } = await desk.json('start', ...small);
    expect([document.error.code, exitCode]).toEqual([code, 3]);
  });

  it('names the service that keeps crashing rather than what Compose says of those that wait', async () => {
    new DockerStandIn(desk, [
      withModel(),
      engine,
      present,
      {
        ...up,
        code: 1,
        stderr: 'dependency failed to start: container proto-postgres-1 exited (1)',
      },
      { to: 'compose logs .*-- postgres$', stdout: 'password canary-openai\nFATAL: no space\n' },
      ps('compose up'),
      none,
      inspect(
        containerAnswer('chatbot', { state: 'created' }),
        containerAnswer('postgres', { state: 'exited', exitCode: 1 }),
      ),
    ]);
    const { document, code } = await desk.json('start', ...small);
    expect(code).toBe(3);
    expect(document.error).toMatchObject({
      code: 'SERVICE_UNHEALTHY',
      message: '1 of 2 services is not healthy: postgres (exited with 1).',
      evidence: [
        'postgres is exited with 1; last log lines:',
        '  | password [secret]',
        '  | FATAL: no space',
      ],
    });
  });

  it('names it, too, where it has been started again meanwhile', async () => {
    new DockerStandIn(desk, [
      withModel(),
      engine,
      present,
      {
        ...up,
        code: 1,
        stderr: 'dependency failed to start: container proto-postgres-1 exited (1)',
      },
      { to: 'compose logs .*-- postgres$', stdout: 'FATAL: database files are incompatible\n' },
      ps('compose up'),
      none,
      inspect(
        containerAnswer('chatbot', { state: 'created' }),
        containerAnswer('postgres', { health: 'starting' }),
      ),
    ]);
    const { document } = await desk.json('start', ...small);
    expect(document.error).toMatchObject({
      code: 'SERVICE_UNHEALTHY',
      message: '1 of 2 services is not healthy: postgres (exited with 1).',
      evidence: [
        'postgres is exited with 1; last log lines:',
        '  | FATAL: database files are incompatible',
      ],
    });
  });

  it('says what the health check printed where the service itself printed nothing', async () => {
    const healthOutput = 'exec: "grepx": executable file not found in $PATH\n';
    new DockerStandIn(desk, [
      withModel(),
      engine,
      present,
      up,
      { to: 'compose logs' },
      ps('compose up'),
      none,
      inspect(
        containerAnswer('chatbot', { health: 'unhealthy', healthOutput }),
        containerAnswer('postgres'),
      ),
    ]);
    const { document } = await desk.json('start', ...small);
    expect(document.error.evidence).toEqual([
      'chatbot is unhealthy; it printed nothing',
      '  its health check printed:',
      '  | exec: "grepx": executable file not found in $PATH',
    ]);
  });

  it.each([
    ['unknown flag: --project-name', 'COMPOSE_NOT_FOUND'],
    ["docker: 'compose' is not a docker command.\nSee 'docker --help'", 'COMPOSE_NOT_FOUND'],
    ['docker: unknown command: docker compose\n\nRun ...', 'COMPOSE_NOT_FOUND'],
    ['yaml: line 5: did not find expected key', 'COMPOSE_INVALID'],
  ])('tells a missing Compose plugin from an invalid file: %s', async (stderr, code) => {
    new DockerStandIn(desk, [{ to: 'compose config', code: 1, stderr }]);
    expect((await desk.json('start', ...small)).document.error.code).toBe(code);
  });

  it.each([
    [
      'script',
      '#!/bin/sh\n[ -e /x ] || echo "Emulate Docker CLI using podman." >&2\nexec /usr/bin/podman "$@"\n',
    ],
    ['link', ''],
  ])('calls Podman by its name, as a %s', async (how, text) => {
    desk.putOnPath('docker', '');
    rmSync(desk.path('.bin/docker'));
    if (how === 'link')
      symlinkSync(desk.write('podman', '#!/bin/sh\n', 0o755), desk.path('.bin/docker'));
    else desk.write('.bin/docker', text, 0o755);
    for (const command of [['start'], ['status'], ['stop'], ['backup'], ['uninstall', '--yes']]) {
      const { code, document } = await desk.json(...command);
      expect([code, document.error.code], command[0]).toEqual([3, 'DOCKER_IS_PODMAN']);
    }
    expect((await desk.run('check')).stdout).toContain('is Podman');
  });

  it('calls an engine that is Podman by its name', async () => {
    new DockerStandIn(desk, [withModel(), { ...engine, stdout: '4.3.1 Podman Engine Conmon' }]);
    expect((await desk.json('start', ...small)).document.error.code).toBe('DOCKER_IS_PODMAN');
  });

  it('ends when its time is over, ends docker compose, and says what is still to come', async () => {
    new DockerStandIn(desk, [
      withModel(),
      engine,
      present,
      up,
      { to: 'compose logs' },
      ps(),
      inspect(containerAnswer('chatbot', { health: 'starting' }), containerAnswer('postgres')),
    ]);
    const { document, code } = await desk.json('start', ...small, '--wait', '1');
    expect(code).toBe(3);
    expect(document.error.message).toBe(
      'After 1 s, 1 of 2 services is not healthy: chatbot (starting).',
    );
    expect(document.error.hint).toContain('proto-scaffold start --wait 3');
  });

  it('refuses an unset mandatory value, and a file that is not TOML, before docker is asked', async () => {
    const docker = new DockerStandIn(desk, []);
    const text = readFileSync(desk.path(platform), 'utf8');
    writeFileSync(desk.path(platform), text.replace('canary-sendgrid', '{YOUR_SENDGRID_API_KEY}'));
    const unset = await desk.json('start', ...small);
    expect([unset.code, unset.document.error.code]).toEqual([5, 'VALUES_UNSET']);
    expect(unset.document.error.faults).toEqual([
      {
        file: 'backend/config/platform.toml',
        line: text.split('\n').findIndex((line) => line.includes('canary-sendgrid')) + 1,
        key: 'sendgrid.api_key',
        message: 'is not set: SendGrid API key for e-mail that the platform sends',
      },
    ]);
    writeFileSync(desk.path(platform), `${text}\nbroken = \n`);
    const broken = await desk.json('start', ...small);
    expect([broken.code, broken.document.error.code]).toEqual([5, 'CONFIG_UNREADABLE']);
    expect(broken.document.error.faults[0].file).toBe('backend/config/platform.toml');
    expect(docker.calls).toEqual([]);
  });

  it('tells what Compose says of files that it does not take', async () => {
    new DockerStandIn(desk, [{ ...config, code: 15, stderr: 'yaml: line 3: mapping values' }]);
    const { document, code } = await desk.json('start', ...small);
    expect([code, document.error.code]).toEqual([3, 'COMPOSE_INVALID']);
    expect(document.error.message).toContain('yaml: line 3');
  });

  it('does not run beside another command that changes the installation', async () => {
    const docker = new DockerStandIn(desk, []);
    const guard = await acquireGuard(desk.path('proto'), 'proto-scaffold update');
    const { document, code } = await desk.json('start', ...small);
    await guard.release();
    expect([code, document.error.code, docker.calls]).toEqual([6, 'INSTALLATION_HELD', []]);
  });

  it.each(['0', 'x', '-1', '1.5'])('takes no --wait %s', async (wait) => {
    expect((await desk.run('start', ...small, `--wait=${wait}`)).code).toBe(2);
  });
});

describe('update --start', () => {
  beforeEach(async () => {
    rmSync(desk.path('proto'), { recursive: true });
    desk.write('values.json', values);
    await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
    new DockerStandIn(desk, [
      { to: '--version', stdout: 'Docker version 26.1.5' },
      { to: 'compose config --quiet' },
      { to: 'volume ls' },
      { to: 'login ' },
      withModel(),
      engine,
      present,
      { to: 'pull ' },
      up,
      { to: 'ps --quiet' },
      ps('compose up'),
      none,
      healthy(),
    ]);
    const { code, stderr } = await desk.run('init', '--values', 'values.json');
    expect(code, stderr).toBe(0);
  });

  it('updates, then starts; where nothing is new it starts all the same', async () => {
    await registry.seedRelease({ version: '2026.11.1', tags: ['stable'] });
    const first = await desk.json('update', '--start', ...small, '--yes', '--no-backup');
    expect(first.code, first.stderr).toBe(0);
    const address = 'https://chat.example-bank.com';
    expect(first.document.result).toMatchObject({
      changed: true,
      history: 1,
      started: { already: false, address },
    });
    expect(first.document.result).not.toHaveProperty('next');
    const second = await desk.run('update', '--start', ...small, '--yes');
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(
      /^Already up to date: .*\n[\s\S]*The platform is already running/,
    );
  });

  it('changes nothing where a value is not set, and says what to do', async () => {
    await registry.seedRelease({ version: '2026.11.2', tags: ['stable'] });
    const text = readFileSync(desk.path(platform), 'utf8');
    writeFileSync(desk.path(platform), text.replace('canary-sendgrid', '{YOUR_SENDGRID_API_KEY}'));
    const { code, stderr } = await desk.run('update', '--start', ...small, '--yes');
    expect(code, stderr).toBe(5);
    expect(stderr).toContain('error: The installation is not ready: values-unset.');
    expect(readFileSync(desk.path('proto/.proto/lock.json'), 'utf8')).not.toContain('2026.11.2');
  });
});

describe('an interruption', () => {
  const half = () =>
    inspect(
      containerAnswer('chatbot', { state: 'created' }),
      containerAnswer('postgres', { health: 'starting' }),
    );

  it.each([
    ['start', 'compose up', 'SIGHUP', 129],
    ['start', 'compose up', 'SIGQUIT', 131],
    ['restart', 'compose restart', 'SIGINT', 130],
    ['restart', 'compose restart', 'SIGTERM', 143],
  ] as const)('of %s (%s) at %s tells which containers run', async (name, verb, signal, code) => {
    const work: Answer = { to: verb, endless: true };
    const docker = new DockerStandIn(desk, [withModel(), engine, present, work, ps(), half()]);
    const child = desk.spawn(name, ...(name === 'start' ? small : []), '--json');
    const end = finished(child);
    const asked = () => docker.calls.some((line) => line.startsWith(verb));
    await vi.waitUntil(asked, { timeout: 50_000, interval: 20 });
    child.kill(signal);
    const { code: given, stdout } = await end;
    const { error } = JSON.parse(stdout);
    expect([given, error.code]).toEqual([code, 'INTERRUPTED']);
    expect(error.message).toMatch(/^Interrupted\. 1 of 2 containers run\. /);
    expect(error.hint).toContain('`proto-scaffold start` goes on');
  });

  it('of stop waits until the platform is stopped, and says so', async () => {
    const down: Answer = { to: 'compose down', slow: true };
    const networks: Answer = { to: 'network ls' };
    const gone: Answer = { to: 'ps --all', after: 'compose down' };
    const docker = new DockerStandIn(desk, [
      withModel(),
      down,
      gone,
      ps(),
      healthy(),
      networks,
      none,
    ]);
    const child = desk.spawn('stop');
    const end = finished(child);
    const asked = () => docker.calls.some((line) => line.startsWith('compose down'));
    await vi.waitUntil(asked, { timeout: 50_000, interval: 20 });
    child.kill('SIGTERM');
    const { code, stderr } = await end;
    expect(code).toBe(143);
    expect(stderr).toContain('Interrupted. The platform is stopped.');
    expect(docker.calls.filter((call) => call.startsWith('network ls'))).toHaveLength(1);
  });
});

describe('stop, restart, logs and psql of a platform that does not run', () => {
  it('say so, each with its exit code', async () => {
    const docker = new DockerStandIn(desk, [withModel(), none]);
    const outcomes: Record<string, number | null> = {};
    for (const args of [['stop'], ['restart'], ['logs'], ['psql', '-c', 'select 1']]) {
      const { code, stdout, stderr } = await desk.run(...args);
      outcomes[args[0] ?? ''] = code;
      expect(stdout + stderr).toMatch(/is not running/);
    }
    const { document } = await desk.json('stop');
    expect(document.result).toMatchObject({ wasRunning: false, stopped: [] });
    expect(outcomes).toEqual({ stop: 0, restart: 3, logs: 0, psql: 3 });
    expect(docker.calls.filter((line) => /^compose (down|restart|logs|exec)/.test(line))).toEqual(
      [],
    );
  });

  it('restart names the nearest service for one that is none', async () => {
    new DockerStandIn(desk, [withModel(), none]);
    const { document, code } = await desk.json('restart', 'postgre');
    expect([code, document.error.code]).toEqual([2, 'USAGE']);
    expect(document.error.message).toContain('the closest match is "postgres"');
  });
});

describe('stop', () => {
  it('takes down a platform whose docker-compose.yml was broken since, and says what is wrong', async () => {
    // Not a word of it is about the registry's certificate.
    const says = 'service "postgres" refers to undefined secret tls_certificate: invalid';
    const broken = { code: 15, stderr: says };
    const docker = new DockerStandIn(desk, [
      { ...config, ...broken },
      { to: 'compose down$', ...broken },
      removed,
      ps(),
      healthy(),
      { to: 'stop id-of-chatbot id-of-postgres$' },
      { to: 'container rm --force id-of-chatbot id-of-postgres$' },
      { to: 'network ls --format json ', stdout: JSON.stringify({ Name: 'proto-1a2b3c_default' }) },
      { to: 'network rm proto-1a2b3c_default$' },
    ]);
    const { code, document } = await desk.json('stop');
    expect(code).toBe(0);
    expect(document.result).toEqual({
      installation: desk.path('proto'),
      wasRunning: true,
      stopped: ['proto-chatbot-1', 'proto-postgres-1'],
    });
    expect(document.notices.join()).toContain(says);
    expect(docker.calls).toContain('network rm proto-1a2b3c_default');
  });

  it('takes down what runs, whatever name the files give the project by now', async () => {
    const compose = desk.path('proto/backend/docker-compose.yml');
    writeFileSync(compose, readFileSync(compose, 'utf8').replace(/^name: .*$/m, 'name: renamed'));
    const start = await desk.json('start', ...small);
    expect([start.code, start.document.error.code]).toEqual([5, 'COMPOSE_PROJECT_DIFFERS']);
    const docker = new DockerStandIn(desk, [
      { to: 'compose down$' },
      removed,
      ps(),
      healthy(),
      { to: 'stop id-of-chatbot id-of-postgres$' },
      { to: 'container rm --force id-of-chatbot id-of-postgres$' },
      { to: 'network ls --format json ' },
    ]);
    const { code, document } = await desk.json('stop');
    expect([code, document.result.wasRunning]).toEqual([0, true]);
    expect(docker.calls).toContain('container rm --force id-of-chatbot id-of-postgres');
  });

  it('leaves a network that someone else is in, and the platform is stopped all the same', async () => {
    const says = 'network proto-1a2b3c_default id 7 has active endpoints';
    new DockerStandIn(desk, [
      withModel(),
      { to: 'compose down$' },
      removed,
      ps(),
      healthy(),
      { to: 'stop id-of-chatbot id-of-postgres$' },
      { to: 'container rm --force id-of-chatbot id-of-postgres$' },
      { to: 'network ls --format json ', stdout: JSON.stringify({ Name: 'proto-1a2b3c_default' }) },
      { to: 'network rm ', code: 1, stderr: says },
    ]);
    const { code, document } = await desk.json('stop');
    expect(code).toBe(0);
    expect(document.notices.join()).toContain(says);
  });

  it.each([['stop'], ['uninstall', '--data', '--yes', '--name', 'copy']])(
    'of a copy does not reach the original (%s)',
    async (...command) => {
      copyWithOwners(desk.path('proto'), desk.path('copy'));
      const workingDir = desk.path('proto/backend');
      const docker = new DockerStandIn(desk, [
        withModel(),
        engine,
        ps(),
        { to: 'volume ls ' },
        inspect(...services.map((service) => containerAnswer(service, { workingDir }))),
      ]);
      const { code, document } = await desk.json(...command, '--dir', 'copy');
      expect([code, document.error.code]).toEqual([5, 'INSTALLATION_COPIED']);
      expect(document.error.hint).toContain(`--dir ${desk.path('proto')}`);
      expect(docker.calls.join()).not.toMatch(/\b(down|stop|rm)\b/);
    },
  );
});

describe('psql', () => {
  it.each([0, 1, 2, 3])('passes stdin and exit code %i through', async (code) => {
    const docker = new DockerStandIn(desk, [
      withModel(),
      ps(),
      healthy(),
      { to: 'exec --interactive id-of-postgres sh -c ' },
      { to: 'compose exec', echo: true, code },
    ]);
    desk.stdio = ['pipe', 'pipe', 'pipe'];
    const child = desk.spawn('psql', '-c', 'select 1', '--', '-v', 'x=1');
    const end = finished(child);
    child.stdin?.end('select 2;');
    const outcome = await end;
    expect([outcome.code, outcome.stdout, outcome.stderr]).toEqual([code, 'select 2;', '']);
    expect(docker.calls.find((call) => call.startsWith('compose exec'))).toMatch(
      /^compose exec -T --env PROTO_SCAFFOLD_PROGRAM=\w+ postgres psql -U postgres -d platform -c select 1 -v x=1$/,
    );
  });
});

describe('logs', () => {
  const endless: Answer = { to: 'compose logs --follow -- chatbot$', endless: true };

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('hand %s on to docker, and end as it does', async (signal, code) => {
    new DockerStandIn(desk, [withModel(), ps(), healthy(), endless]);
    const child = desk.spawn('logs', '-f', 'chatbot');
    const end = finished(child);
    const first = await new Promise<string>((resolve) => child.stdout?.once('data', resolve));
    child.kill(signal);
    const outcome = await end;
    expect([outcome.code, outcome.stderr]).toEqual([code, '']);
    expect(() => process.kill(Number(String(first).split('\n')[0]), 0)).toThrow('ESRCH');
  });

  it('end without a word where no one reads on', async () => {
    new DockerStandIn(desk, [withModel(), ps(), healthy(), endless]);
    desk.through = ['sh', '-c', '{ "$@"; echo "ended with $?" >&2; } | head -n 2', 'sh'];
    const { stderr } = await desk.run('logs', '-f', 'chatbot');
    // Node, of which this stand-in is made, is reported by an error and not by a signal.
    expect(stderr).toMatch(/ended with (0|3)\n$/);
  });
});

describe('an installation above the present folder', () => {
  it("is not taken for one's own where it is another user's, unless it is named", async () => {
    new DockerStandIn(desk, [withModel(), engine, none]);
    chownSync(desk.path('proto/.proto'), 12_345, 12_345);
    const refused = await desk.runIn(desk.path('proto/backend'), 'history');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`--dir ${desk.path('proto')}`);
    const named = await desk.runIn(desk.path('proto/backend'), 'history', '--dir', '..');
    expect(named.code, named.stderr).toBe(0);
    desk.env.SUDO_UID = '12345';
    expect((await desk.runIn(desk.path('proto/backend'), 'history')).code).toBe(0);
  });
});

describe('status', () => {
  it('tells what the files say where there is no docker at all', async () => {
    mkdirSync(desk.path('empty'));
    desk.env.PATH = desk.path('empty');
    const { document, code } = await desk.json('status');
    expect([code, document.error?.code]).toEqual([3, 'DOCKER_NOT_FOUND']);
    const result = StatusDocument.shape.result.parse(document.result);
    expect(result).toMatchObject({ engine: false, healthy: false, images: null, volumes: [] });
    expect(result.services.length).toBe(5);
    expect((await desk.run('status')).stdout).toContain(
      'It is unknown whether the platform is running',
    );
  });

  it('fails where this user may not ask the engine', async () => {
    const stderr = 'permission denied while trying to connect to the Docker daemon socket';
    new DockerStandIn(desk, [withModel(), { to: 'ps ', code: 1, stderr }]);
    const { document, code } = await desk.json('status');
    expect([code, document.error.code]).toEqual([3, 'DOCKER_ENGINE_UNREACHABLE']);
  });

  it('reads the certificate that the site names', async () => {
    const certificate = desk.path('cert.pem');
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '30', '-subj', '/CN=x'],
        ...['-keyout', desk.path('key.pem'), '-out', certificate],
      ],
      { stdio: 'ignore' },
    );
    mkdirSync(desk.path('proto/nginx'), { recursive: true });
    writeFileSync(
      desk.path('proto/nginx/proto.conf'),
      `ssl_certificate ${certificate};\nssl_certificate_key ${desk.path('key.pem')};\n`,
    );
    new DockerStandIn(desk, [
      withModel(),
      { to: 'ps --quiet' },
      none,
      { to: 'image inspect', stdout: '[]', code: 1 },
      { to: 'volume ls' },
    ]);
    const read = async () => StatusDocument.parse((await desk.json('status')).document).result;
    expect((await read()).certificate).toMatchObject({ file: certificate, daysLeft: 29 });
    rmSync(certificate);
    expect((await read()).certificate).toEqual({
      file: certificate,
      validTo: null,
      daysLeft: null,
      problem: 'file not found',
    });
    desk.write('cert.pem', 'no certificate');
    expect((await read()).certificate?.problem).toMatch(/\w/);
  });
});
