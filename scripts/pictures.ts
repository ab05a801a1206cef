import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Desk } from '../test/support/program.ts';
import { startRegistry } from '../test/support/registry/index.ts';
import { releaseFolder } from '../test/support/releases.ts';
import { Terminal } from '../test/support/terminal.ts';
import { picture } from './pictures/svg.ts';

/** Terminal screenshots of the real program, run against a test ECR and registry. */

const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));
const keys = {
  sendgrid_api_key: 'SG.q8Zr1nVx',
  sendgrid_inbound_url_key_param: 'w7Kc2mTu',
  openai_api_key: 'sk-p4Ds9bLe',
};
const registry = await startRegistry();
const desk = new Desk(registry);
try {
  desk.credentials();
  // A docker that accepts the login, has every image, and has no running containers.
  desk.putOnPath('docker', '[ "$1" != login ] || exec cat >/dev/null');
  await registry.seedRelease({ version: '2026.9.0', tags: ['stable'] });
  desk.write('values.json', { desired_email_from: 'example-bank.com', ...keys });
  await draw(
    'init',
    ['init', '--url', 'chat.example-bank.com', '--values', 'values.json', '--yes'],
    {
      with: ['--templates', releaseFolder('2026.9.0')],
    },
  );
  const edit = await desk.run('config', 'set', 'api.access_token_expire_minutes', '30');
  if (edit.code !== 0) throw new Error(edit.stderr);
  await registry.seedRelease({ version: '2026.11.0', tags: ['stable'] });
  await draw('update', ['update', '--yes']);
} finally {
  await registry.close();
  desk.remove();
}

async function draw(
  name: string,
  command: readonly string[],
  hidden: { readonly with?: readonly string[] } = {},
): Promise<void> {
  const terminal = new Terminal(desk);
  try {
    terminal.start(...command, ...(hidden.with ?? []));
    const code = await terminal.status();
    if (code !== 0) throw new Error(`${command.join(' ')} exited with code ${code}`);
    const [screen = ''] = terminal.coloured().split(/^ended with 0$/m);
    const shown = screen.replaceAll(desk.folder, '/home/operator');
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}${name}.svg`, picture(`proto-scaffold ${command.join(' ')}`, shown));
  } finally {
    terminal.close();
  }
}
