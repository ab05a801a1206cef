import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import TOML from '@iarna/toml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NginxHost } from '../support/nginx-host.ts';
import { commandLine, Desk, finished, type Outcome, program } from '../support/program.ts';
import { passwordFor } from '../support/registry/client.ts';
import {
  type Certificates,
  type EmbeddedRegistry,
  exampleKey,
  makeCertificates,
  pushActions,
  startProxy,
  startRegistry,
  type WebProxy,
} from '../support/registry/index.ts';
import { releaseFolder } from '../support/releases.ts';
import { templatesFolder } from '../support/template-set.ts';
import { copyWithOwners } from '../support/tree.ts';
import { blocksOf, commandOf, docsPages, findCommand, readPage } from './pages.ts';
import { PlatformStandIn } from './platform-stand-in.ts';

/**
 * The commands of the tutorial and of the guides are run as they stand there, line by line and page by page.
 *
 * - A line of a ```sh block has to end with 0, or with the code that its comment names: `# exits with 5`.
 * - A block with a file's name behind its language (```toml values.toml) is that file.
 * - A line of a ```console block is not run; `notRun` has to say why. command-lines.test.ts still parses it.
 *
 * The program, bash, nginx, openssl, age, tar and the registry are real. Docker is a stand-in that keeps the data in folders;
 * sudo runs its command, for nginx on a host of its own (test/support/nginx-host.ts).
 */

/** Why a line of a ```console block is not run. */
const notRun: readonly [RegExp, string][] = [
  [/^sudo (install|ln) /, 'it would change /usr/local of the machine that runs the tests'],
  [
    /^sudo mkdir \/srv\/|^mv proto_credentials\.json|^cd \/srv\//,
    'each page has a folder of its own',
  ],
  [/^sudo systemctl restart docker$/, "it would restart the machine's own Docker"],
  [/^proto-scaffold login --helper$/, 'it needs the link that the line before it makes'],
  [/^proto-scaffold check --online$/, 'it sends keys to SendGrid and OpenAI'],
  [
    /docker compose exec -T postgres/,
    'the stand-in has no PostgreSQL; backup.engine.test.ts runs them',
  ],
  [/^proto-scaffold (adopt|stop) .*--dir \/(srv|data)\//, 'a page has one installation'],
  [/^cosign verify /, 'signatures.peers.test.ts has cosign'],
  [/^proto-scaffold uninstall/, 'it is for the old host, and the page goes on with the new one'],
];

/** What the machine that runs the tests may not have: 32 GB, free ports, free space. */
const checksOfTheMachine = [
  ...['memory', 'disk-installation', 'disk-images', 'web-ports', 'service-ports', 'file-system'],
];

const values = {
  url: 'chat.example-bank.com',
  sendgrid_api_key: 'SG.example',
  desired_email_from: 'example-bank.com',
  sendgrid_inbound_url_key_param: 'inbound',
  openai_api_key: 'sk-example',
};
const data = { rows: 'rows', password: 'secret', objects: { 'a/b': 'an object' } };

/** A place where the commands of one page are run. */
class Scene {
  readonly desk: Desk;
  readonly docker: PlatformStandIn;
  /** What stands in a page, and what it is here. */
  readonly here: [is: string, here: string][];
  /** What has happened meanwhile, when the page comes to a heading. */
  readonly meanwhile = new Map<string, () => void>();

  constructor(env: Record<string, string> = {}, hosting = 'on-premise') {
    this.desk = new Desk(env.HTTPS_PROXY === '' ? undefined : registry, env);
    chmodSync(this.desk.folder, 0o755);
    this.desk.credentials({ hosting });
    this.docker = new PlatformStandIn(this.desk);
    this.here = [
      ['/etc/ssl/', `${this.desk.path('etc-ssl')}/`],
      ['/mnt/backups', this.desk.path('mnt-backups')],
      ['/tmp/by-hand', this.desk.path('by-hand')],
    ];
    for (const folder of ['etc-ssl/certs', 'etc-ssl/private', 'mnt-backups', '.state']) {
      mkdirSync(this.desk.path(folder), { recursive: true });
    }
    this.desk.putOnPath('proto-scaffold', `exec '${commandLine.join("' '")}' "$@"`);
    const host = new NginxHost(this.desk);
    host.through('start');
    const onItsOwnHost = this.desk.through.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    this.desk.through = [];
    this.desk.putOnPath(
      'sudo',
      `case "$*" in
'proto-scaffold nginx '*) exec ${onItsOwnHost.join(' ')} "$@" ;;
'systemctl reload nginx') ;;
*) echo "this sudo does not know: $*" >&2; exit 99 ;;
esac`,
    );
  }

  /** As `init` leaves it with all values set. */
  async install(...args: string[]): Promise<void> {
    this.desk.write('.state/values.toml', TOML.stringify(values));
    const init = ['init', '--values', this.desk.path('.state/values.toml'), ...args];
    const { code, stderr } = await this.desk.run(...init);
    if (code !== 0) throw new Error(stderr);
    this.docker.follow();
  }

  /** Copies an installation, and starts it with data. */
  async take(from: Scene): Promise<void> {
    copyWithOwners(from.desk.path('proto'), this.desk.path('proto'));
    this.docker.follow();
    await this.start();
  }

  /** As `docker compose up -d` by hand does it. */
  async start(): Promise<void> {
    const { code, stderr } = await this.line('docker compose up --detach');
    if (code !== 0) throw new Error(stderr);
    this.docker.put(data);
  }

  /** One line of a page, in the folder and with the variables that the lines before it left. */
  async line(command: string): Promise<Outcome> {
    let line = command;
    for (const [is, here] of this.here) line = line.replaceAll(is, here);
    const state = this.desk.path('.state');
    const script = `cd "$(cat '${state}/cwd' 2>/dev/null || pwd)"
[ ! -e '${state}/env' ] || . '${state}/env'
docker() { BY_HAND=1 command docker "$@"; }
${withConsent(line)}
code=$?
pwd >'${state}/cwd'
export -p | grep -v ' \\(PWD\\|OLDPWD\\|SHLVL\\)=' >'${state}/env'
exit $code`;
    const child = spawn('bash', ['-c', script], {
      cwd: this.desk.folder,
      env: this.desk.env,
      // What an operator would type where a secret is asked for.
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.on('error', () => {});
    child.stdin.end(/config set \S+$/.test(command) ? 'typed-by-the-operator\n' : '');
    const outcome = await finished(child);
    this.docker.follow();
    return outcome;
  }

  remove(): void {
    this.desk.remove();
  }
}

function ignored(): string[] {
  return checksOfTheMachine.flatMap((id) => ['--ignore', id]);
}

/** The test agrees to every plan, and knows what its machine lacks. */
function withConsent(line: string): string {
  return line.replace(/\bproto-scaffold ([a-z][^|;&#>]*)/g, (call, rest: string) => {
    const words = rest.trim().split(/\s+/);
    const { command, length } = findCommand(words);
    const has = (flag: string) => command.options.some(({ long }) => long === flag);
    const own = [
      ...(has('--yes') && !words.includes('--dry-run') ? ['--yes'] : []),
      ...(has('--ignore') ? ignored() : []),
    ];
    const name = words.slice(0, length).join(' ');
    return call.replace(name, [name, ...own].join(' '));
  });
}

/** What each page finds when its first line is run. */
const scenes: Record<string, () => Promise<Scene>> = {
  'docs/tutorial/first-hour.md': async () => {
    const scene = new Scene();
    makeCertificate(scene);
    return scene;
  },
  'docs/guides/update-night.md': async () => older,
  'docs/guides/nginx-and-certificates.md': async () => {
    const scene = new Scene();
    makeCertificate(scene);
    await scene.install();
    await scene.start();
    return scene;
  },
  'docs/guides/azure-openai.md': async () => {
    const scene = new Scene();
    await scene.take(installed);
    return scene;
  },
  'docs/guides/hybrid-hosting.md': async () => new Scene({}, 'hybrid'),
  'docs/guides/backup-and-restore.md': async () => {
    const scene = new Scene();
    await scene.take(installed);
    return scene;
  },
  'docs/guides/behind-a-proxy.md': async () => {
    const scene = new Scene({ HTTPS_PROXY: '' });
    scene.here.push(['http://proxy.example-bank.com:3128', proxy.url]);
    copyFileSync(certificates.caFile, scene.desk.path('etc-ssl/certs/example-bank-ca.pem'));
    return scene;
  },
  'docs/guides/publish-a-release.md': async () => {
    const scene = new Scene();
    const { desk } = scene;
    const host = vendorRegistry.registryHost;
    const login = `AWS:${await passwordFor(vendorRegistry)}`;
    mkdirSync(desk.path('.docker'), { recursive: true });
    const auth = Buffer.from(login).toString('base64');
    desk.write('.docker/config.json', { auths: { [host]: { auth } } });
    symlinkSync(program, desk.path('.bin/proto-release'));
    cpSync(templatesFolder, desk.path('templates'), { recursive: true });
    desk.write('NOTES.md', '## 2026.12.0\n');
    scene.here.push(['registry.example.com', host]);
    const before = '--version 2026.11.0 --registry registry.example.com --namespace proto';
    const { code, stderr } = await scene.line(`proto-release publish templates ${before}`);
    if (code !== 0) throw new Error(stderr);
    return scene;
  },
  'docs/guides/new-host.md': async () => {
    const scene = new Scene();
    await scene.take(installed);
    scene.meanwhile.set('On the new host', () => {
      rmSync(scene.desk.path('proto'), { recursive: true });
      scene.docker.forget();
    });
    return scene;
  },
};

function makeCertificate({ desk }: Scene): void {
  const [certificate, key] = ['certs', 'private'].map((folder) => desk.path('etc-ssl', folder));
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=chat.example-bank.com', '-days', '90'],
      ...['-addext', 'subjectAltName=DNS:chat.example-bank.com'],
      ...['-out', `${certificate}/chat.example-bank.com.pem`],
      ...['-keyout', `${key}/chat.example-bank.com.key`],
    ],
    { stdio: 'ignore' },
  );
}

let registry: EmbeddedRegistry;
let farRegistry: EmbeddedRegistry;
/** One that may be pushed to. */
let vendorRegistry: EmbeddedRegistry;
let certificates: Certificates;
let proxy: WebProxy;
let older: Scene;
let installed: Scene;
const ecr = 'api.ecr.ap-southeast-1.amazonaws.com';

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease({ version: '2026.10.0', tags: ['stable'] });
  older = new Scene();
  await older.install('--templates', releaseFolder('2026.10.0'));
  await older.start();
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
  installed = new Scene();
  await installed.install();
  certificates = await makeCertificates({ names: [ecr] });
  farRegistry = await startRegistry({ tls: certificates });
  await farRegistry.seedRelease();
  vendorRegistry = await startRegistry({ keys: [{ ...exampleKey, permissions: pushActions }] });
  vendorRegistry.createRepository('proto/release');
  await vendorRegistry.seedRelease({ version: '2026.11.0', tags: ['2026.11.0'] });
  await vendorRegistry.seedRelease({ version: '2026.12.0', tags: ['2026.12.0'] });
  proxy = await startProxy({ routes: { [`${ecr}:443`]: farRegistry.registryHost } });
});
afterAll(async () => {
  for (const each of [proxy, registry, farRegistry, vendorRegistry]) await each?.close();
  await certificates?.remove();
  installed?.remove();
});

const pages = docsPages().filter((page) => /^docs\/(tutorial|guides)\//.test(page));

describe('the pages', () => {
  it('each have a scene, and no scene is left over', () => {
    expect(Object.keys(scenes).sort()).toEqual(pages);
  });

  it('say of each line that is not run why, and no reason is left over', () => {
    const lines = pages
      .flatMap((page) => blocksOf(readPage(page)))
      .filter(({ language }) => language === 'console')
      .flatMap((block) => block.lines);
    const reasons = lines.map((line) => notRun.find(([is]) => is.test(line.replace(/^\$ /, ''))));
    expect(lines.filter((line, at) => !line.startsWith('$ ') || !reasons[at])).toEqual([]);
    expect(notRun.filter((each) => !reasons.includes(each))).toEqual([]);
  });

  it('have no other blocks than these', () => {
    const languages = pages.flatMap((page) => blocksOf(readPage(page)).map((b) => b.language));
    expect([...new Set(languages)].sort()).toEqual(['console', 'json', 'sh', 'toml']);
  });
});

describe.concurrent('the commands of', () => {
  it.each(pages)(
    '%s',
    async (page) => {
      const scene = await (scenes[page] as () => Promise<Scene>)();
      try {
        let run = 0;
        for (const block of blocksOf(readPage(page))) {
          if (block.file !== '') {
            let content = `${block.lines.join('\n')}\n`;
            for (const [is, here] of scene.here) content = content.replaceAll(is, here);
            scene.desk.write(block.file, content);
          }
          scene.meanwhile.get(block.heading)?.();
          scene.meanwhile.delete(block.heading);
          if (block.language !== 'sh') continue;
          for (const line of block.lines) {
            const wanted = Number(/# exits with (\d+)/.exec(line)?.[1] ?? 0);
            const { code, stdout, stderr } = await scene.line(commandOf(line));
            if (process.env.PROTO_SHOW_PAGES) console.log(`$ ${line}\n${stdout}${stderr}`);
            expect([line, code], `${stdout}${stderr}`).toEqual([line, wanted]);
            run += 1;
            prepare(scene);
          }
        }
        expect(run).toBeGreaterThan(3);
        // The proxy was on the way, and not passed by.
        if (page.endsWith('/behind-a-proxy.md')) expect(proxy.requests.length).toBeGreaterThan(0);
      } finally {
        scene.remove();
      }
      // All pages share the processors.
    },
    180_000,
  );
});

/** The recipient that `age-keygen` has printed stands for `age1…` from then on. */
function prepare({ desk, here }: Scene): void {
  if (here.some(([is]) => is === 'age1…') || !existsSync(desk.path('key.txt'))) return;
  const [recipient = ''] = /age1\w+/.exec(readFileSync(desk.path('key.txt'), 'utf8')) ?? [];
  here.push(['age1…', recipient]);
}
