import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import TOML from '@iarna/toml';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';
import { Terminal } from '../support/terminal.ts';

let registry: EmbeddedRegistry;
let desk: Desk;
let terminal: Terminal;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  terminal = new Terminal(desk);
});
afterEach(() => {
  terminal.close();
  desk.remove();
});

const openAi = [
  'Host name of the platform (people will open https://…)',
  'Certificate file for HTTPS (PEM with the full chain)',
  'SendGrid API key',
  'Sender domain for e-mail',
  "Key parameter of SendGrid's inbound URL",
  'Which service runs the language model?',
  'OpenAI API key',
];
const azure = [
  ...openAi.slice(0, 6),
  'Azure OpenAI endpoint',
  'Azure OpenAI deployment',
  'Azure OpenAI API key',
];
const go = 'Apply this plan? Nothing has changed so far.';

/** A question that waits for its answer; clack marks it so. */
const waiting = (question: string) => `◆  ${question}`;

async function answer(question: string, text = '', ...keys: string[]): Promise<void> {
  await terminal.shows(waiting(question));
  if (text !== '') terminal.type(text);
  if (keys.length > 0) terminal.press(...keys);
  terminal.press('Enter');
}

const config = (service: string) =>
  TOML.parse(readFileSync(desk.path(`proto/backend/config/${service}.toml`), 'utf8'));
const questionsOn = (screen: string) =>
  [...screen.matchAll(/^[◇◆] {2}(.+)$/gm)].map(([, question]) => question);

describe('init on a terminal', () => {
  it('asks for what is not given, in order, hides secrets, shows the plan and asks for confirmation', async () => {
    terminal.start('init');
    await answer(openAi[0] ?? '', 'Chat.Example-Bank.com');
    await answer(openAi[1] ?? '');
    await answer(openAi[2] ?? '', 'canary-sendgrid');
    await answer(openAi[3] ?? '', 'example-bank.com');
    await answer(openAi[4] ?? '', 'canary-inbound');
    await answer(openAi[5] ?? '');
    await answer(openAi[6] ?? '', ' canary-openai ');
    const plan = await terminal.shows(waiting(go));
    expect(plan).toMatch(/Plan for .*\/proto\n {2}> log Docker in to 127\.0\.0\.1:\d+\n/);
    expect(existsSync(desk.path('.docker'))).toBe(false);
    terminal.press('Enter');
    expect(await terminal.status()).toBe(0);
    const screen = terminal.screen();
    expect(questionsOn(screen)).toEqual([...openAi, go]);
    expect(screen).not.toContain('canary');
    expect(screen).toContain(
      'Next: start the platform:\n  cd proto/backend\n  docker compose up -d',
    );
    expect(config('platform')).toMatchObject({
      app: { base_url: 'https://chat.example-bank.com' },
      sendgrid: {
        api_key: 'canary-sendgrid',
        from_domain: 'example-bank.com',
        inbound_parse_key: 'canary-inbound',
      },
      openai: { provider: 'openai', api_key: 'canary-openai' },
    });
  });

  it('takes Enter for later, whatever is asked', async () => {
    terminal.start('init', '--yes');
    for (const question of openAi) await answer(question);
    expect(await terminal.status()).toBe(0);
    expect(terminal.screen()).toContain('Not set yet:');
    expect(config('platform')).toMatchObject({ openai: { api_key: '{YOUR_OPENAI_API_KEY}' } });
  });

  it('asks again where an answer cannot be, and keeps what was typed', async () => {
    terminal.start('init', '--yes');
    await answer(openAi[0] ?? '', 'http://bad');
    await terminal.shows(
      'The value must be a host name such as chat.example-bank.com, without http:// or a path.',
    );
    terminal.press(...Array(10).fill('BSpace'));
    terminal.type('good.example');
    terminal.press('Enter');
    for (const question of openAi.slice(1)) await answer(question);
    expect(await terminal.status()).toBe(0);
    expect(config('platform')).toMatchObject({ app: { base_url: 'https://good.example' } });
  });

  it('holds the answer for a parameter to its form, and offers its choices', async () => {
    expect((await desk.run('init')).code).toBe(0);
    const set = (key: string) => terminal.start('config', 'set', key, '--dir', 'proto');
    set('database.port');
    await answer('database.port', '99999');
    await terminal.shows('The value must be a port from 1 to 65535.');
    terminal.press(...Array(5).fill('BSpace'));
    terminal.type(' 5433 ');
    terminal.press('Enter');
    expect(await terminal.status()).toBe(0);
    terminal.close();
    terminal = new Terminal(desk);
    set('api.algorithm');
    expect(await terminal.shows(waiting('api.algorithm'))).toMatch(/HS256\n.*HS384\n.*HS512/);
    await answer('api.algorithm', '', 'Down');
    expect(await terminal.status()).toBe(0);
    expect(config('platform')).toMatchObject({
      api: { algorithm: 'HS384' },
      database: { port: 5433 },
    });
  });

  it('asks for the key of a certificate once there is one, and takes both or none', async () => {
    const key = 'Private key file of that certificate (PEM)';
    terminal.start('init', '--yes');
    await answer(openAi[0] ?? '', 'chat.example-bank.com');
    await answer(openAi[1] ?? '', '/etc/ssl/chat.pem');
    await answer(key);
    for (const question of openAi.slice(2)) await answer(question);
    expect(await terminal.status()).toBe(0);
    expect(terminal.screen()).toContain(
      'note: Skipped tls_certificate: it needs tls_certificate_key.',
    );
    const site = readFileSync(desk.path('proto/nginx/proto.conf'), 'utf8');
    expect(site).toContain('# No certificate is set');
  });

  it("asks Azure's questions instead of OpenAI's", async () => {
    terminal.start('init', '--yes');
    for (const question of azure.slice(0, 5)) await answer(question);
    await answer(azure[5] ?? '', '', 'Down');
    await answer(azure[6] ?? '', 'https://bank.openai.azure.com');
    await answer(azure[7] ?? '', 'gpt-4o');
    await answer(azure[8] ?? '', 'canary-azure');
    expect(await terminal.status()).toBe(0);
    expect(questionsOn(terminal.screen())).toEqual(azure);
    expect(terminal.screen()).not.toContain('canary');
    expect(config('chatbot')).toMatchObject({
      openai: { provider: 'azure' },
      azure_openai: {
        endpoint: 'https://bank.openai.azure.com',
        deployment: 'gpt-4o',
        api_key: 'canary-azure',
      },
    });
  });

  it('does not ask for what a file or a flag gives', async () => {
    desk.write(
      'values.toml',
      'openai_provider = "azure"\nazure_openai_api_key = "x"\nsendgrid_api_key = "x"',
    );
    terminal.start('init', '--yes', '--values', 'values.toml', '--url', 'a.example');
    const rest = [openAi[1] ?? '', openAi[3] ?? '', openAi[4] ?? '', ...azure.slice(6, 8)];
    for (const question of rest) await answer(question);
    expect(await terminal.status()).toBe(0);
    expect(questionsOn(terminal.screen())).toEqual(rest);
  });

  it.each([[[]], [['--quiet']]])(
    'with %j shows the plan, and takes no for an answer',
    async (flags) => {
      terminal.start('init', ...flags);
      for (const question of openAi) await answer(question);
      const plan = await terminal.shows(waiting(go));
      expect(plan).toContain('  + backend/docker-compose.yml');
      terminal.type('n');
      expect(await terminal.status()).toBe(5);
      const screen = terminal.screen();
      expect(screen).toContain('error: You declined the plan. [CANCELLED]');
      expect(screen).toContain(
        'what to do: Nothing was changed. Run the command again when you are ready.',
      );
      expect(Object.keys(desk.tree())).toEqual(['proto_credentials.json']);
      expect(existsSync(desk.path('.docker'))).toBe(false);
    },
  );

  it('asks nothing with --json', async () => {
    terminal.start('init', '--json');
    expect(await terminal.status()).toBe(0);
    expect(questionsOn(terminal.screen())).toEqual([]);
  });
});

describe('what would fail after the questions', () => {
  const refusals: [string, () => unknown, string[], string][] = [
    [
      'no engine for --pull',
      () => {
        desk.env.DOCKER_HOST = `unix://${desk.path('no.sock')}`;
      },
      ['--pull'],
      'DOCKER_ENGINE_UNREACHABLE',
    ],
    [
      "a Docker's config that is not JSON",
      () => {
        mkdirSync(desk.path('.docker'));
        desk.write('.docker/config.json', '{');
      },
      [],
      'DOCKER_CONFIG_INVALID',
    ],
    [
      'a wrong key',
      () => desk.credentials({ aws: { secret_access_key: 'x'.repeat(40) } }),
      [],
      'AWS_SECRET_WRONG',
    ],
    ['an unknown tag', () => {}, ['--release', 'nosuch'], 'RELEASE_UNKNOWN'],
  ];

  it.each(refusals)('for %s is reported before the first one', async (_what, set, flags, code) => {
    set();
    // The shell has the environment that the desk had when it was opened.
    terminal.close();
    terminal = new Terminal(desk);
    terminal.start('init', ...flags);
    expect(await terminal.status()).not.toBe(0);
    const screen = terminal.screen();
    expect(screen).toContain(`[${code}]`);
    expect(questionsOn(screen)).toEqual([]);
  });
});

describe('an end at a question', () => {
  const noAnswer = 'error: The input ended before the question was answered. [CANCELLED]';
  const places: [string, number][] = [
    [openAi[0] ?? '', 0],
    [openAi[2] ?? '', 2],
    [openAi[5] ?? '', 5],
    [go, openAi.length],
  ];

  const ends = [
    { key: 'C-c', code: 130, says: ['Interrupted. No partial changes were left behind'] },
    { key: 'C-d', code: 5, says: [noAnswer, 'what to do: Nothing was changed.'] },
  ];

  it.each(
    ends.flatMap((end) => places.map(([question, before]) => ({ ...end, question, before }))),
  )(
    'by $key at "$question" leaves nothing, and the terminal as it was',
    async ({ key, code, says, question, before }) => {
      terminal.type('stty -g >.docker-stty-before');
      terminal.press('Enter');
      terminal.start('init');
      for (const each of openAi.slice(0, before)) await answer(each);
      await terminal.shows(waiting(question));
      terminal.press(key);
      expect(await terminal.status()).toBe(code);
      for (const words of says) expect(terminal.screen()).toContain(words);
      expect(terminal.cursorShows()).toBe(true);
      terminal.type('stty -g | cmp - .docker-stty-before && echo same terminal');
      terminal.press('Enter');
      await terminal.shows(/^same terminal$/m);
      expect(Object.keys(desk.tree())).toEqual(['.docker-stty-before', 'proto_credentials.json']);
    },
  );

  it('by Ctrl-D behind a half-typed answer does not count as consent, either', async () => {
    terminal.start('init');
    await terminal.shows(waiting(openAi[0] ?? ''));
    terminal.type('chat.exam');
    terminal.press('C-d');
    expect(await terminal.status()).toBe(5);
    expect(terminal.screen()).toContain(noAnswer);
  });

  it('by a terminal that is gone does not count as consent, though SIGHUP is ignored', async () => {
    terminal.type("trap '' HUP");
    terminal.press('Enter');
    terminal.start('init');
    await answer(openAi[0] ?? '');
    await terminal.shows(waiting(openAi[1] ?? ''));
    const program = terminal.programId();
    terminal.close();
    await expect.poll(() => existsSync(`/proc/${program}`), { timeout: 5000 }).toBe(false);
    expect(Object.keys(desk.tree())).toEqual(['proto_credentials.json']);
    terminal = new Terminal(desk);
  });

  it('does not come of Ctrl-Z and fg', async () => {
    terminal.start('init');
    await terminal.shows(waiting(openAi[0] ?? ''));
    terminal.press('C-z');
    await terminal.shows(/ended with 1\d\d/);
    terminal.type('clear; fg; echo "then ended with $?"');
    terminal.press('Enter');
    await terminal.shows(/^then ended|init/m);
    terminal.type('chat.example.com');
    terminal.press('Enter');
    await terminal.shows(waiting(openAi[1] ?? ''));
    terminal.press('C-d');
    await terminal.shows('then ended with 5');
  });

  describe('of an installation', () => {
    const commands: [string[], string][] = [
      [['config', 'set', 'sendgrid.api_key'], 'sendgrid.api_key'],
      [['config', 'rotate', 'api.secret_key'], 'plan'],
      [['rollback', '1'], 'plan'],
      [['uninstall'], 'plan'],
      [['uninstall', '--data'], 'type its name'],
    ];
    it.each(commands)('%j by Ctrl-D changes nothing', async (command, question) => {
      desk.putDockerStandInOnPath();
      expect((await desk.run('init')).code).toBe(0);
      expect((await desk.run('config', 'set', 'database.port', '5433')).code).toBe(0);
      const before = desk.tree();
      terminal.close();
      terminal = new Terminal(desk);
      terminal.start(...command, '--dir', 'proto');
      await terminal.shows(new RegExp(`◆ .*${question}`, 's'));
      terminal.press('C-d');
      expect(await terminal.status()).toBe(5);
      expect(terminal.screen()).toContain(noAnswer);
      expect(desk.tree()).toEqual(before);
    });
  });

  it('by SIGTERM is reported by its exit code', async () => {
    terminal.start('init');
    await terminal.shows(waiting(openAi[0] ?? ''));
    process.kill(terminal.programId(), 'SIGTERM');
    expect(await terminal.status()).toBe(143);
    expect(terminal.cursorShows()).toBe(true);
  });
});

describe('init without a terminal', () => {
  it.each([
    ['an open pipe', 'pipe'],
    ['/dev/null', 'ignore'],
  ] as const)('on stdin, but %s, asks nothing and waits for nothing', async (_what, stdin) => {
    desk.stdio = [stdin, 'pipe', 'pipe'];
    const { code, stderr } = await desk.run('init');
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/[◆?]/);
  });
});
