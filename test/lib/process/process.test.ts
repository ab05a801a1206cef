import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { UserError } from '../../../src/errors.ts';
import type { Environment } from '../../../src/lib/process/child-environment.ts';
import { type Command, run } from '../../../src/lib/process/process.ts';
import { runStreaming } from '../../../src/lib/process/run-streaming.ts';

const env = { PATH: process.env.PATH };
const node = (script: string, ...args: string[]) => ({
  program: process.execPath,
  args: ['-e', script, ...args],
});

async function refusal(started: Promise<unknown>): Promise<UserError> {
  return started.then(
    () => Promise.reject(new Error('it ran')),
    (error: UserError) => error,
  );
}

describe('run', () => {
  it('gives exit code and both outputs, without the last line end', async () => {
    const script = 'console.log("out"); console.error("err"); process.exitCode = 7';
    expect(await run(node(script), { env })).toEqual({ exitCode: 7, stdout: 'out', stderr: 'err' });
  });

  it('passes the environment that is given, and no other', async () => {
    const script = 'console.log(JSON.stringify([process.env.MINE, process.env.HOME]))';
    const { stdout } = await run(node(script), { env: { ...env, MINE: '1' } });
    expect(JSON.parse(stdout)).toEqual(['1', null]);
  });

  it.each([
    ['run', async (command: Command, from: Environment) => run(command, { env: from })],
    [
      'runStreaming',
      async (command: Command, from: Environment) => {
        const child = await runStreaming(command, { env: from });
        let stdout = '';
        for await (const chunk of child.stdout) stdout += chunk.toString();
        return { stdout };
      },
    ],
  ])(
    '%s passes no variable that redirects Compose, and no folder in PATH that depends on where it runs',
    async (_name, start) => {
      const script =
        'console.log(JSON.stringify([process.env.PATH, ...Object.keys(process.env).filter((name) => /^COMPOSE|^DOCKER/.test(name))]))';
      const from = {
        PATH: ':/usr/bin::.:bin:/bin:',
        COMPOSE_PROJECT_NAME: 'shop',
        COMPOSE_FILE: '/srv/shop/docker-compose.yml',
        DOCKER_HOST: 'unix:///run/x.sock',
      };
      const { stdout } = await start(node(script), from);
      expect(JSON.parse(stdout)).toEqual(['/usr/bin:/bin', 'DOCKER_HOST']);
    },
  );

  it.each([[undefined], [''], [':'], ['.']])(
    'finds nothing in the current folder with PATH %j',
    async (PATH) => {
      const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-path-'));
      writeFileSync(join(folder, 'proto-nginx'), '#!/bin/sh\necho foreign\n', { mode: 0o755 });
      const command = { program: 'proto-nginx', args: [], cwd: folder };
      expect(await refusal(run(command, { env: { PATH } }))).toMatchObject({
        code: 'PROGRAM_NOT_FOUND',
      });
      expect(
        (await run({ program: 'sh', args: ['-c', 'echo own'] }, { env: { PATH } })).stdout,
      ).toBe('own');
      rmSync(folder, { recursive: true });
    },
  );

  it('passes arguments as they are, through no shell', async () => {
    const odd = ['$HOME', 'a b', "'", '"', '`id`', ';', '', 'é\n'];
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))';
    const { stdout } = await run(node(script, '--', ...odd), { env });
    expect(JSON.parse(stdout)).toEqual(odd);
  });

  it('writes the input, and closes stdin even where there is none', async () => {
    const script = 'process.stdin.pipe(process.stdout)';
    expect((await run(node(script), { env, input: 'secret' })).stdout).toBe('secret');
    expect((await run(node(script), { env })).stdout).toBe('');
  });

  it.each([
    ['docker', 'DOCKER_NOT_FOUND', 'The docker command was not found on the PATH.'],
    ['nginx', 'PROGRAM_NOT_FOUND', 'The nginx command was not found on the PATH.'],
    ['/etc/passwd', 'PROGRAM_NOT_FOUND', 'You do not have permission to run /etc/passwd.'],
  ])('tells that %s cannot be run', async (program, code, message) => {
    const error = await refusal(run({ program, args: [] }, { env: { PATH: '/nowhere' } }));
    expect(error).toMatchObject({ code, message });
  });

  it('ends what takes too long, and what is killed is reported as that', async () => {
    const endless = node('setInterval(() => {}, 1000)');
    expect(await refusal(run(endless, { env, timeoutMs: 50 }))).toMatchObject({
      code: 'PROGRAM_TIMEOUT',
    });
    const suicidal = node('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)');
    expect(await refusal(run(suicidal, { env }))).toMatchObject({
      code: 'PROGRAM_KILLED',
      message: `${process.execPath} was terminated by SIGKILL.`,
    });
  });

  it('tells of a command that the system does not take', async () => {
    const long = { program: process.execPath, args: ['-e', '', 'x'.repeat(5_000_000)] };
    expect(await refusal(run(long, { env }))).toMatchObject({ code: 'PROGRAM_KILLED' });
  });

  it('takes output that comes in pieces for one text', async () => {
    const script =
      'const [a, b] = [Buffer.from([0xe2, 0x82]), Buffer.from([0xac, 10, 10])]; process.stdout.write(a, () => setTimeout(() => process.stdout.write(b), 50))';
    expect((await run(node(script), { env })).stdout).toBe('\u20ac\n');
  });

  it('asks what ignores its input no question', async () => {
    const input = 'x'.repeat(5_000_000);
    expect(await run(node(''), { env, input })).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('runs many side by side, and Node has nothing to warn of', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const before = process.listenerCount('exit');
    const all = Array.from({ length: 12 }, () => run(node(''), { env }));
    expect((await Promise.all(all)).map(({ exitCode }) => exitCode)).toEqual(Array(12).fill(0));
    process.removeListener('warning', note);
    expect(warnings).toEqual([]);
    expect(process.listenerCount('exit')).toBe(before);
  });

  it('ends with the reason of the signal', async () => {
    const abort = new AbortController();
    const started = run(node('setInterval(() => {}, 1000)'), { env, signal: abort.signal });
    const reason = new Error('enough');
    abort.abort(reason);
    await expect(started).rejects.toBe(reason);
  });
});

describe('a program of its own group', () => {
  const folder = mkdtempSync(join(tmpdir(), 'proto-scaffold-group-'));
  const leaves = (name: string) => ({
    program: 'sh',
    args: ['-c', `sleep 60 & echo $! >'${join(folder, name)}'; wait`],
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('does not begin after the signal', async () => {
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(run(leaves('late'), { env, signal, group: true })).rejects.toThrow('too late');
    expect(existsSync(join(folder, 'late'))).toBe(false);
  });

  it('ends as a whole at its time limit', async () => {
    const error = await refusal(run(leaves('limit'), { env, group: true, timeoutMs: 500 }));
    expect(error.code).toBe('PROGRAM_TIMEOUT');
    const pid = readFileSync(join(folder, 'limit'), 'utf8').trim();
    const isSleeping = () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep');
    await vi.waitFor(() => expect(existsSync(`/proc/${pid}`) && isSleeping()).toBe(false));
  });
});
