import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Desk } from '../support/program.ts';
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts';

/** `check` as an operator runs it. Docker and nginx are stand-ins that say what the real ones say. */

let registry: EmbeddedRegistry;
let desk: Desk;

beforeAll(async () => {
  registry = await startRegistry();
  await registry.seedRelease();
});
afterAll(() => registry.close());
beforeEach(() => {
  desk = new Desk(registry);
  desk.credentials();
  desk.putOnPath('nginx', 'echo "nginx version: nginx/1.18.0 (Ubuntu)" >&2');
  desk.putOnPath('docker', engine);
  chmodSync(desk.folder, 0o755);
});
afterEach(() => desk.remove());

const fixture = (name: string) => new URL(`../checks/fixtures/${name}`, import.meta.url).pathname;
/** An engine that answers, and has every image that it is asked for. */
const engine = `case "$*" in
login*) exec cat >/dev/null ;;
info*) exec cat ${fixture('docker-info.27.3.json')} ;;
'image inspect'*) for image; do case $image in *@*)
  echo "[\\"\${image%:*:*}@\${image#*@}\\"]" ;; esac; done ;;
'compose config'* | ps*) ;;
*) exit 99 ;;
esac`;

interface Found {
  readonly id: string;
  readonly state: string;
  readonly severity: string;
  readonly found: string;
  readonly ignored: boolean;
  readonly faults: { file: string; line?: number; key?: string }[];
}

/** This machine may have less memory, or a taken port: that is not what these tests are about. */
async function check(...args: string[]) {
  const { code, document, stdout, stderr } = await desk.json('check', ...args);
  const findings = (document.result?.findings ?? []) as Found[];
  const of = (id: string) => findings.find((finding) => finding.id === id);
  return { code, document, findings, of, output: stdout + stderr };
}
const machine = ['memory', 'disk-installation', 'disk-images', 'web-ports', 'service-ports'];
const ignoringMachine = machine.flatMap((id) => ['--ignore', id]);

const init = (...args: string[]) => desk.run('init', '--url', 'chat.example-bank.com', ...args);
const platform = 'proto/backend/config/platform.toml';
function edit(path: string, from: string, to: string): void {
  const text = readFileSync(desk.path(path), 'utf8');
  expect(text).toContain(from);
  writeFileSync(desk.path(path), text.replace(from, to));
}

describe('check, before init', () => {
  it('looks at the host alone, as data with id, severity, what was found, why and remedy', async () => {
    const { document, findings, of } = await check();
    expect(document).toMatchObject({ command: 'check', ok: true });
    expect(document.result).toMatchObject({ profile: null, installation: null });
    expect(of('docker-version')).toEqual({
      id: 'docker-version',
      title: 'The Docker version is supported',
      why: expect.stringMatching(/./),
      severity: 'requirement',
      state: 'ok',
      found: 'Docker Engine 27.3.1',
      faults: [],
      ignored: false,
    });
    expect(findings.map(({ id }) => id)).not.toContain('values-unset');
    expect(of('ecr')).toMatchObject({ state: 'ok' });
    for (const finding of findings.filter(({ state }) => state === 'failed')) {
      expect(finding).toHaveProperty('remedy', expect.stringMatching(/./));
    }
  });

  it('ends with 0 where nothing that is required is missing, and with 3 where something is', async () => {
    expect((await check(...ignoringMachine)).code).toBe(0);
    desk.putOnPath('nginx', 'echo "nginx version: nginx/1.10.3 (Ubuntu)" >&2');
    const { code, document, of } = await check(...ignoringMachine);
    expect(of('nginx')).toMatchObject({ state: 'failed', severity: 'requirement' });
    expect([code, document.result.passed]).toEqual([3, false]);
    expect((await check(...ignoringMachine, '--ignore', 'nginx')).code).toBe(0);
  });

  it('refuses to ignore what there is not, and names the nearest', async () => {
    const { code, document } = await check('--ignore', 'memroy');
    expect(code).toBe(2);
    expect(document.error.message).toBe('Unknown check memroy; the closest match is "memory".');
  });

  it('is refused by init, too, before anything is asked or made', async () => {
    const { code, document } = await desk.json('init', '--ignore', 'memroy');
    expect([code, document.error.code]).toEqual([2, 'USAGE']);
    expect(document.error.message).toContain('the closest match is "memory"');
    expect(existsSync(desk.path('proto'))).toBe(false);
  });

  it('--online says that there are no keys to try without an installation', async () => {
    const { document } = await check('--online', ...ignoringMachine);
    expect(document.notices).toContain(
      'No installation was found, so --online does not test any keys.',
    );
  });

  it('needs no credentials file', async () => {
    const bare = new Desk(undefined, { PATH: desk.env.PATH });
    const { document, stderr } = await bare.json('check');
    const of = (id: string) => document.result.findings.find((each: Found) => each.id === id);
    expect(of('ecr'), stderr).toMatchObject({ state: 'not applicable' });
    expect(of('clock')).toMatchObject({ state: 'not applicable' });
    bare.remove();
  });
});

describe('check, in an installation', () => {
  it('names a variable as one, and a file by its path from here', async () => {
    await init();
    desk.env.COMPOSE_FILE = '/srv/shop/docker-compose.yml';
    writeFileSync(desk.path('proto/backend/.env'), 'COMPOSE_PROJECT_NAME=shop\n');
    const { stdout } = await desk.run('check');
    expect(stdout).toMatch(/^ +\$COMPOSE_FILE: is set in this shell\. Run `unset COMPOSE_FILE`/m);
    expect(stdout).toMatch(/^ +proto\/backend\/\.env:1 COMPOSE_PROJECT_NAME: remove this line$/m);
  });

  it('ends with 5, and names file, line and key of what is not set', async () => {
    await init();
    const { code, of } = await check(...ignoringMachine);
    expect(of('values-unset')?.faults).toContainEqual({
      file: 'backend/config/platform.toml',
      line: 22,
      key: 'sendgrid.api_key',
      message: 'SendGrid API key for e-mail that the platform sends',
    });
    expect(code).toBe(5);
    // A requirement of the host wins.
    desk.putOnPath('nginx', 'exit 1');
    desk.putOnPath('docker', engine.replace('docker-info.27.3', 'docker-info.20.10.no-compose'));
    expect((await check(...ignoringMachine)).code).toBe(3);
  });

  it('ends with 0 once all is set, and prints no secret', async () => {
    const values = desk.write('values.json', {
      sendgrid_api_key: 'SG.canary-of-sendgrid',
      desired_email_from: 'example-bank.com',
      sendgrid_inbound_url_key_param: 'canary-of-inbound',
      openai_api_key: 'sk-canary-of-openai',
    });
    await init('--values', values);
    const { code, of, output } = await check(...ignoringMachine, '--verbose');
    expect(of('images')).toMatchObject({ state: 'ok', found: 'all 5 are present' });
    expect(code, output).toBe(0);
    expect(of('keys')).toMatchObject({ state: 'ok' });
    edit(platform, '\nport = 5432', '\nprot = 5432');
    const misspelled = await check(...ignoringMachine);
    expect(misspelled.code).toBe(0);
    expect(misspelled.of('keys')).toMatchObject({
      state: 'failed',
      severity: 'advice',
      faults: [
        {
          file: 'backend/config/platform.toml',
          key: 'database.prot',
          message: 'is an unknown key; the closest match is "database.port"',
        },
      ],
    });
    edit(platform, 'algorithm = "HS256"', 'algorithm = "none"');
    const strange = await check(...ignoringMachine);
    expect(strange.code).toBe(5);
    expect(strange.of('values-form')).toMatchObject({
      state: 'failed',
      severity: 'requirement',
      faults: [{ key: 'api.algorithm', message: 'must be "HS256", "HS384" or "HS512"' }],
    });
    edit(platform, 'access_token_expire_minutes = 3600', 'access_token_expire_minutes = "soon"');
    edit(platform, '"SG.canary-of-sendgrid"', '"canary-of-sendgrid "');
    const wrong = await check(...ignoringMachine, '--verbose');
    expect(wrong.code).toBe(5);
    expect(wrong.of('values-form')).toMatchObject({ state: 'failed' });
    expect(wrong.of('key-form')).toMatchObject({ state: 'failed', severity: 'advice' });
    expect(wrong.output).not.toContain('canary');
  });

  it('knows services of an override file, and says which one it may be', async () => {
    await init();
    const override = 'services:\n  plattform:\n    mem_limit: 1g\n  own:\n    image: own:1\n';
    desk.write('proto/backend/docker-compose.override.yml', override);
    expect((await check()).of('override-file')?.faults).toEqual([
      {
        file: 'backend/docker-compose.override.yml',
        line: 2,
        key: 'services.plattform',
        message: 'is not a known service; the closest match is "platform"',
      },
    ]);
  });

  it('sees that nginx cannot enter a home folder', async () => {
    await init();
    expect((await check()).of('static-files')).toMatchObject({ state: 'ok' });
    chmodSync(desk.folder, 0o750);
    const { of } = await check();
    expect(of('static-files')).toMatchObject({
      state: 'failed',
      found: expect.stringContaining(`cannot enter ${desk.folder} (mode 0750)`),
    });
  });

  it('sees a file that the containers cannot read', async () => {
    await init();
    chmodSync(desk.path(platform), 0o600);
    const { of } = await check();
    expect(of('files')?.faults).toEqual([
      {
        file: 'backend/config/platform.toml',
        message: 'the containers cannot read it: chmod 0640',
      },
    ]);
  });

  it('as start would look asks no server', async () => {
    await init();
    const asked = registry.requests.length;
    const { document, of } = await check('--profile', 'start');
    expect(document.result.profile).toBe('start');
    expect(of('engine')).toMatchObject({ severity: 'requirement' });
    expect(of('ecr')).toBeUndefined();
    expect(registry.requests.length).toBe(asked);
  });

  it('tells people first what stops, then what is advised, and the rest as a count', async () => {
    await init();
    const { stdout } = await desk.run('check', ...ignoringMachine, '--ignore', 'os');
    expect(stdout).toMatch(
      /^This host and the installation proto:\n\nRequirements not met:\n {2}values-unset +4 /,
    );
    expect(stdout).toMatch(
      /proto\/backend\/config\/platform\.toml:22 sendgrid\.api_key: .*\n(.*\n)*? +what to do: Set each/,
    );
    expect(stdout).toMatch(/\n\d+ of \d+ checks passed; .*skipped: .*memory.*\.\n$/);
    expect(stdout).not.toContain('AWS CLI');
    const told = await desk.run('check', '--verbose');
    expect(told.stdout).toContain('the AWS CLI and Python');
  });
});

describe('the network', () => {
  it('is asked without any login', async () => {
    const before = registry.requests.length;
    const { of } = await check();
    expect(of('registry')).toMatchObject({ state: expect.stringMatching(/ok|failed/) });
    const asked = registry.requests.slice(before);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every(({ known, authorization }) => known && authorization === undefined)).toBe(
      true,
    );
  });

  it('that cannot be reached is advice', async () => {
    desk.env.AWS_ENDPOINT_URL_ECR = 'http://127.0.0.1:9';
    const { code, of } = await check(...ignoringMachine);
    expect(of('ecr')).toMatchObject({
      state: 'failed',
      severity: 'advice',
      found: '127.0.0.1:9 refused the connection',
    });
    expect(of('clock')).toMatchObject({ state: 'unknown' });
    expect(code).toBe(0);
  });

  it.each([
    ['behind', 42, 'requirement', 3],
    ['ahead', -2, 'advice', 0],
  ])('tells that the clock is %s', async (way, minutes, severity, expected) => {
    registry.setClockOffset(minutes * 60_000);
    const { code, of } = await check(...ignoringMachine);
    registry.setClockOffset(0);
    expect(of('clock')).toMatchObject({ state: 'failed', severity });
    expect(of('clock')?.found).toMatch(new RegExp(`^Compared with AWS's, .* \\d+ min.* ${way}$`));
    expect(code).toBe(expected);
  });
});

/** Of a process; empty if there is none, or it has ended. */
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('what hangs', () => {
  it('is cut off, is a finding, and leaves no process', async () => {
    await init();
    const pid = desk.path('.bin/pid');
    desk.putOnPath('docker', `sleep 300 & echo $! >>${pid}; wait`);
    registry.faults.add({ match: { role: 'ecr' }, kind: 'stall' });
    const { code, of } = await check();
    registry.faults.clear();
    expect(of('engine')?.found).toBe('The Docker Engine timed out after 5 s');
    expect(of('compose')).toMatchObject({ state: 'unknown' });
    expect(of('ecr')?.found).toMatch(/accepted the request, but did not answer within 4 s$/);
    expect(code).toBe(3);
    const pids = readFileSync(pid, 'utf8').trim().split('\n');
    expect(pids.length).toBeGreaterThan(1);
    // A killed process stays, without a command line, until its parent has looked; then another may get its number.
    const sleeps = (each: string) => commandLine(each).startsWith('sleep');
    await vi.waitFor(() => expect(pids.filter(sleeps)).toEqual([]), { timeout: 10_000 });
  });
});

describe('check --urls', () => {
  it('lists what the firewall must let through, before init', async () => {
    delete desk.env.AWS_ENDPOINT_URL_ECR;
    const { code, stdout } = await desk.run('check', '--urls');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/\s/)[0])).toEqual([
      'api.ecr.ap-southeast-1.amazonaws.com:443',
      '123456789012.dkr.ecr.ap-southeast-1.amazonaws.com:443',
      'prod-ap-southeast-1-starport-layer-bucket.s3.ap-southeast-1.amazonaws.com:443',
      'api.sendgrid.com:443',
      'api.openai.com:443',
      'YOUR-RESOURCE.openai.azure.com:443',
      '',
    ]);
  });

  it('goes by the endpoint variable and the operator’s files, and asks no server', async () => {
    await init();
    edit(platform, 'provider = "openai"', 'provider = "azure"');
    edit('proto/backend/config/chatbot.toml', 'provider = "openai"', 'provider = "azure"');
    edit(platform, '{YOUR_AZURE_OPENAI_ENDPOINT}', 'https://bank.openai.azure.com/');
    const asked = registry.requests.length;
    const { document } = await desk.json('check', '--urls');
    const { hostname, port } = new URL(registry.endpoint);
    expect(document.result.urls).toEqual([
      { host: hostname, port: Number(port), why: expect.stringMatching(/ECR/), by: 'host' },
      { host: hostname, port: Number(port), why: expect.stringMatching(/registry/), by: 'host' },
      { host: 'api.sendgrid.com', port: 443, why: 'SendGrid: e-mail', by: 'containers' },
      {
        host: 'bank.openai.azure.com',
        port: 443,
        why: 'Azure OpenAI: answers of AI agents',
        by: 'containers',
      },
    ]);
    expect(registry.requests.length).toBe(asked);
  });
});
