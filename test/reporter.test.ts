import { describe, expect, it } from 'vitest';
import { Interrupted, UserError } from '../src/errors.ts';
import { faultLine, Reporter, type ReporterOptions } from '../src/reporter.ts';

function desk(options: Partial<ReporterOptions> = {}) {
  const out = { stdout: '', stderr: '' };
  const reporter = new Reporter({
    json: false,
    quiet: false,
    verbose: false,
    live: false,
    version: '9.8.7',
    stdout: (text) => {
      out.stdout += text;
    },
    stderr: (text) => {
      out.stderr += text;
    },
    ...options,
  });
  reporter.begin('init');
  return { reporter, out, document: () => JSON.parse(out.stdout) };
}

const error = new UserError('VALUES_INVALID', 'Some values are invalid.', {
  hint: 'Correct them.',
  faults: [
    { file: 'values.toml', line: 3, column: 1, key: 'url', message: 'is wrong' },
    { file: '--url', message: 'is wrong, too' },
  ],
  cause: new Error('deeper'),
});

describe('what people see', () => {
  it('is the result on stdout and all else on stderr', () => {
    const { reporter, out } = desk();
    reporter.step('working');
    reporter.detail('how');
    reporter.notice('mind this');
    reporter.line('made');
    reporter.result({ made: true });
    expect(out).toEqual({ stdout: 'made\n', stderr: 'working\nnote: mind this\n' });
  });

  it('is each note once', () => {
    const { reporter, out } = desk();
    for (const text of ['mind this', 'and that', 'mind this']) reporter.notice(text);
    expect(out.stderr).toBe('note: mind this\nnote: and that\n');
  });

  it('is less with quiet, more with verbose', () => {
    const quiet = desk({ quiet: true });
    const verbose = desk({ verbose: true });
    for (const { reporter } of [quiet, verbose]) {
      reporter.step('working');
      reporter.detail('how');
      reporter.notice('mind this');
    }
    expect(quiet.out.stderr).toBe('note: mind this\n');
    expect(verbose.out.stderr).toBe('working\n  how\nnote: mind this\n');
  });

  it('is an error with code, places and remedy, and its cause with verbose alone', () => {
    const { reporter, out } = desk();
    expect(reporter.failure(error)).toBe(2);
    expect(out.stdout).toBe('');
    expect(out.stderr).toBe(
      [
        'error: Some values are invalid. [VALUES_INVALID]',
        '  values.toml:3:1 url: is wrong',
        '  --url: is wrong, too',
        'what to do: Correct them.',
        '',
      ].join('\n'),
    );
    const verbose = desk({ verbose: true });
    verbose.reporter.failure(error);
    expect(verbose.out.stderr).toContain('  cause: deeper\n');
  });

  it('is a progress line on a terminal alone, taken away before anything else', () => {
    const live = desk({ live: true });
    live.reporter.progress('50 %');
    live.reporter.progress('50 %');
    live.reporter.step('next');
    expect(live.out.stderr).toBe('\r\u001b[K50 %\r\u001b[Knext\n');
    for (const options of [{}, { live: true, quiet: true }, { live: true, json: true }]) {
      const { reporter, out } = desk(options);
      reporter.progress('50 %');
      expect(out.stderr).toBe('');
    }
  });
});

describe('lines that are drawn over', () => {
  it('replace those drawn before, however many they were, and go before anything else', () => {
    const { reporter, out } = desk({ live: true, columns: () => 5 });
    reporter.protect('secret-text');
    reporter.draw(['one', 'two', 'three3']);
    reporter.draw(['one', 'two', 'three3']);
    reporter.draw(['secret-text']);
    reporter.step('next');
    const up = '\u001b[1A\r\u001b[K';
    expect(out.stderr).toBe(`\r\u001b[Kone\ntwo\nthre\r\u001b[K${up}${up}[sec\r\u001b[Knext\n`);
  });

  it('are not drawn where there is no terminal, or no wish to see them', () => {
    for (const options of [{}, { live: true, quiet: true }, { live: true, json: true }]) {
      const { reporter, out } = desk(options);
      expect(reporter.draws).toBe(false);
      reporter.draw(['one']);
      expect(out.stderr).toBe('');
    }
  });
});

describe('what another program said', () => {
  it('stands below the failure that it shows the reason of, without secrets', () => {
    const failure = new UserError('SERVICE_UNHEALTHY', 'Bad.', {
      hint: 'Look.',
      evidence: ['last log lines:', '  | secret-text'],
    });
    const human = desk();
    human.reporter.protect('secret-text');
    human.reporter.failure(failure);
    expect(human.out.stderr).toBe(
      'error: Bad. [SERVICE_UNHEALTHY]\n  last log lines:\n    | [secret]\nwhat to do: Look.\n',
    );
    const json = desk({ json: true });
    json.reporter.failure(failure);
    expect(json.document().error.evidence).toEqual(failure.evidence);
    const other = desk({ json: true });
    other.reporter.failure(error);
    expect(other.document().error).not.toHaveProperty('evidence');
  });
});

describe('what a terminal would obey', () => {
  const nasty = 'a\u001b]0;t\u0007\r\u009b\u202eb\tc\n';
  const shown = 'a\\x1b]0;t\\x07\\x0d\\x9b\\u{202e}b\tc';

  it('is shown instead of done, wherever it comes from', () => {
    const { reporter, out } = desk({ verbose: true });
    reporter.line(nasty);
    reporter.step(nasty);
    reporter.question(nasty);
    reporter.notice(nasty);
    reporter.detail(nasty);
    reporter.failure(new UserError('USAGE', nasty, { hint: nasty }));
    expect(out.stdout).toBe(`${shown}\\n\n`);
    expect(out.stderr.split(`${shown}\\n`)).toHaveLength(7);
  });

  it('is shown in a progress line, which itself moves the cursor', () => {
    const { reporter, out } = desk({ live: true });
    reporter.progress('\u001b[2J');
    expect(out.stderr).toBe('\r\u001b[K\\x1b[2J');
  });

  it('is left in what programs read, but not on a screen', () => {
    const [piped, screen] = [desk(), desk({ onScreen: true })];
    for (const { reporter } of [piped, screen]) reporter.exact(nasty);
    expect(piped.out.stdout).toBe(`${nasty}\n`);
    expect(screen.out.stdout).toBe(`${shown}\\n\n`);
  });

  it('is left where it is a colour of ours', () => {
    const { reporter, out } = desk({ onScreen: true });
    reporter.painted('\u001b[31m-x\u001b[m');
    expect(out.stdout).toBe('\u001b[31m-x\u001b[m\n');
  });

  it('is escaped in JSON, and the same when read', () => {
    const { reporter, out, document } = desk({ json: true });
    reporter.result({ nasty });
    expect(out.stdout).not.toMatch(/[^\n\x20-\x7e]/);
    expect(document().result).toEqual({ nasty });
  });
});

describe('a bug', () => {
  it('comes with stack and version, and exit code 1', () => {
    const { reporter, out } = desk();
    expect(reporter.failure(new TypeError('x is not a function'))).toBe(1);
    expect(out.stderr).toContain('This is a bug in proto-scaffold 9.8.7');
    expect(out.stderr).toContain('  TypeError: x is not a function\n      at ');
    expect(out.stderr).toMatch(/what to do: Send these lines to the vendor/);
  });

  it('is reported even where something else than an error was thrown', () => {
    const { reporter, out } = desk({ json: true });
    expect(reporter.failure('oops')).toBe(1);
    expect(JSON.parse(out.stdout).error).toMatchObject({ code: 'BUG', exitCode: 1, stack: 'oops' });
  });
});

describe('JSON', () => {
  it('is one document for a result, with the notices in it', () => {
    const { reporter, out, document } = desk({ json: true });
    reporter.line('made');
    reporter.notice('mind this');
    reporter.result({ made: true });
    expect(document()).toEqual({
      formatVersion: 1,
      command: 'init',
      ok: true,
      result: { made: true },
      notices: ['mind this'],
    });
    expect(out.stdout.endsWith('}\n')).toBe(true);
  });

  it('is one document for an error, with its faults', () => {
    const { reporter, out, document } = desk({ json: true });
    reporter.failure(error);
    expect(document()).toEqual({
      formatVersion: 1,
      command: 'init',
      ok: false,
      error: {
        code: 'VALUES_INVALID',
        message: error.message,
        hint: 'Correct them.',
        exitCode: 2,
        faults: error.faults,
      },
      notices: [],
    });
    expect(out.stderr).toContain('error: ');
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('is one document for %s', (signal, exitCode) => {
    const { reporter, document } = desk({ json: true });
    expect(reporter.failure(new Interrupted(signal))).toBe(exitCode);
    expect(document().error).toMatchObject({ code: 'INTERRUPTED', exitCode, faults: [] });
  });
});

describe('a secret', () => {
  const secret = 'pa"ss\\w/ö+rd &1';
  const forms = [
    secret,
    JSON.stringify(secret),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(`AWS:${secret}`).toString('base64'),
  ];

  it.each(forms)('is struck out of all that is printed, as %s', (form) => {
    for (const options of [{}, { json: true }]) {
      const { reporter, out } = desk({ verbose: true, live: true, ...options });
      reporter.protect(secret);
      reporter.line(`l ${form}`);
      reporter.step(`s ${form}`);
      reporter.detail(`d ${form}`);
      reporter.notice(`n ${form}`);
      reporter.progress(`p ${form}`);
      reporter.failure(
        new UserError('USAGE', `m ${form}`, {
          hint: `h ${form}`,
          faults: [{ file: `f ${form}`, message: form }],
          cause: new Error(form),
        }),
      );
      reporter.failure(new Error(`bug ${form}`));
      for (const each of [...forms, JSON.stringify(form).slice(1, -1)]) {
        expect(out.stdout + out.stderr).not.toContain(each.replace(/^"|"$/g, ''));
      }
      expect(out.stderr).toContain('[secret]');
    }
  });

  it('is struck out whole where another is its beginning', () => {
    const { reporter, out } = desk();
    for (const each of ['secret', 'secret-and-more', 'and-more-yet']) reporter.protect(each);
    reporter.line('<secret-and-more> <secret> <and-more-yet>');
    expect(out.stdout).toBe('<[secret]> <[secret]> <[secret]>\n');
  });

  it('too short to tell from other text is let be', () => {
    const { reporter, out } = desk();
    reporter.protect('a');
    reporter.protect('');
    reporter.line('abracadabra');
    expect(out.stdout).toBe('abracadabra\n');
  });

  it('with half a character is struck out, too', () => {
    const { reporter, out } = desk();
    reporter.protect('half \ud800 pair');
    reporter.line('half \ud800 pair');
    expect(out.stdout).toBe('[secret]\n');
  });
});

describe('faultLine', () => {
  it.each([
    [{ file: 'a', message: 'm' }, 'a: m'],
    [{ file: 'a', line: 1, message: 'm' }, 'a:1: m'],
    [{ file: 'a', line: 1, column: 2, key: 'k', message: 'm' }, 'a:1:2 k: m'],
    [{ file: 'a', column: 2, key: '', message: 'm' }, 'a: m'],
  ])('of %o', (fault, line) => {
    expect(faultLine(fault)).toBe(line);
  });
});

describe('a secret as long as a file', () => {
  it('is struck out as any other, and so is a short one beside it', () => {
    const printed: string[] = [];
    const reporter = new Reporter({
      json: false,
      quiet: false,
      verbose: false,
      live: false,
      version: '0',
      stdout: (text) => printed.push(text),
      stderr: (text) => printed.push(text),
    });
    const long = 'k'.repeat(200_000);
    reporter.protect(long);
    reporter.protect('short-one');
    reporter.line(`a ${long} b short-one c`);
    expect(printed.join('')).toBe('a [secret] b [secret] c\n');
  });
});
