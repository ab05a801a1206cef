import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';

let desk: Desk;

beforeEach(() => {
  desk = new Desk(undefined, { AWS_ENDPOINT_URL_ECR: 'http://127.0.0.1:1' });
});
afterEach(() => desk.remove());

describe('the command line', () => {
  it.each([
    [['init', '--bogus'], "Unknown option '--bogus'.", 'init'],
    [
      ['init', '--credentails', 'x'],
      "Unknown option '--credentails' (Did you mean --credentials?)",
      'init',
    ],
    [['init', 'a', 'b'], "Too many arguments for 'init'. Expected 1 argument but got 2.", 'init'],
    [['init', '--values'], "Option '--values <file>' argument missing.", 'init'],
    [['login', 'x'], "Too many arguments for 'login'. Expected 0 arguments but got 1.", 'login'],
    [['int'], "Unknown command 'int' (Did you mean init?)", ''],
    [['help'], "Unknown command 'help'.", ''],
    [['--bogus'], "Unknown option '--bogus'.", ''],
  ])('%j is refused with exit code 2 and one document', async (args, message, command) => {
    const people = await desk.run(...args);
    expect(people.code).toBe(2);
    expect(people.stdout).toBe('');
    expect(people.stderr).toBe(
      `error: ${message} [USAGE]\nwhat to do: Run the command with --help to see its options.\n`,
    );
    const json = await desk.run(...args.toSpliced(1, 0, '--json'));
    const document = JSON.parse(json.stdout);
    expect(json.code).toBe(2);
    expect(document).toMatchObject({ formatVersion: 1, ok: false, command });
    expect(document.error).toMatchObject({ code: 'USAGE', exitCode: 2, faults: [] });
  });

  it('without a command shows the help, as a fault', async () => {
    const { code, stdout, stderr } = await desk.run();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: proto-scaffold /);
  });

  it.each([[[]], [['init']], [['login']]])('%j has a help that is not a failure', async (args) => {
    const { code, stdout, stderr } = await desk.run(...args, '--help');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Usage: proto-scaffold/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('has a version', async () => {
    const { code, stdout } = await desk.run('--version');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('the output', () => {
  beforeEach(() => desk.credentials());

  it('of a failure is one document on stdout, and prose on stderr', async () => {
    const { document, code, stderr } = await desk.json('init');
    expect(code).toBe(4);
    expect(document).toEqual({
      formatVersion: 1,
      command: 'init',
      ok: false,
      error: {
        code: 'NETWORK_UNREACHABLE',
        message: '127.0.0.1:1 refused the connection.',
        hint: expect.stringContaining('firewall'),
        exitCode: 4,
        faults: [],
      },
      notices: [],
    });
    expect(stderr).toMatch(/^Requesting a token from ECR in ap-southeast-1\nerror: /);
  });

  it('is less with --quiet, more with --verbose, and the result stays', async () => {
    const [quiet, plain, verbose] = await Promise.all([
      desk.run('init', '--quiet'),
      desk.run('init'),
      desk.run('init', '--verbose'),
    ]);
    expect(quiet.stderr).toMatch(/^error: .*\nwhat to do: .*\n$/);
    expect(plain.stderr).toMatch(/^Requesting a token from ECR .*\nerror: .*\nwhat to do: .*\n$/);
    expect(verbose.stderr).toMatch(/Retrying in/);
    expect(verbose.stderr).toMatch(/\n {2}cause: .*ECONNREFUSED/);
    for (const { code } of [quiet, plain, verbose]) expect(code).toBe(4);
    expect((await desk.run('init', '--dry-run', '--quiet')).stdout).toMatch(/^Plan for /);
  });

  it('that cannot be written is a failure, told on stderr', async () => {
    desk.through = ['bash', '-c', '"$@" >/dev/full', 'bash'];
    for (const args of [['--dry-run'], ['--dry-run', '--json']]) {
      const { code, stderr } = await desk.run('init', ...args);
      expect(code).toBe(3);
      expect(stderr).toMatch(/error: The output could not be written: ENOSPC.*FILE_SYSTEM_ERROR/);
    }
    expect((await desk.run('init')).code).toBe(4);
  });

  it('from a folder that is gone is a failure of the operator', async () => {
    desk.through = ['bash', '-c', 'mkdir gone; cd gone; rmdir ../gone; "$@"', 'bash'];
    const { code, stderr } = await desk.run('init', '--dry-run');
    expect(code).toBe(3);
    expect(stderr).toBe(
      'error: The current folder no longer exists. [FILE_SYSTEM_ERROR]\nwhat to do: Change to another folder: cd\n',
    );
  });

  it.each(['2>&1 | head -c 1', '2>/dev/full', '>&- 2>&-'])(
    'can be cut off by `%s`, and the exit code stays',
    async (cut) => {
      desk.through = ['bash', '-c', `"$@" ${cut}; exit "\${PIPESTATUS[0]}"`, 'bash'];
      expect((await desk.run('init')).code).toBe(4);
      expect((await desk.run('init', '--dry-run')).code).toBe(0);
      expect((await desk.run('init', '--dry-run', '--json')).code).toBe(0);
    },
  );
});
