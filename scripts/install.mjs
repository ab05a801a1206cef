// Installs the npm packages if they do not match package-lock.json. Otherwise prints nothing.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}node_modules/.installed-from`;

export function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  if (read(stamp) === wanted || isInstalledByHand()) return;
  console.log('Installing npm packages (npm ci) …');
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

/** Whether `npm ci` was typed since package-lock.json has changed: npm writes its own record last. */
function isInstalledByHand() {
  const [made, lock] = ['node_modules/.package-lock.json', 'package-lock.json'].map(
    (name) => statSync(`${root}${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return made > lock;
}

/** Runs a program of the project and shows its output. Exits this process if it fails. */
export function must(program, args, env = process.env) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', env });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

export function tool(name) {
  return `${root}node_modules/.bin/${name}`;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
