// Checks whether the tests can start a real Docker Engine here. Exits with 0 and the version, or with 1 and the reason.
import { execFileSync } from 'node:child_process';

const floors = { engine: [25, 0], compose: [2, 23] };

function versionOf(program, args) {
  try {
    const output = execFileSync(program, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /\d+(\.\d+)+/.exec(output)?.[0];
  } catch {
    return undefined;
  }
}

function isBelow(version, [major, minor]) {
  const [foundMajor, foundMinor] = version.split('.').map(Number);
  return foundMajor < major || (foundMajor === major && foundMinor < minor);
}

function reasonAgainst(engine, compose) {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid() !== 0) return 'it needs root';
  if (engine === undefined) return 'dockerd is not installed';
  if (isBelow(engine, floors.engine))
    return `dockerd ${engine} is older than ${floors.engine.join('.')}`;
  if (compose === undefined) return 'docker or its compose plugin is not installed';
  if (isBelow(compose, floors.compose))
    return `compose ${compose} is older than ${floors.compose.join('.')}`;
  return undefined;
}

const engine = versionOf('dockerd', ['--version']);
const compose = versionOf('docker', ['compose', 'version', '--short']);
const reason = reasonAgainst(engine, compose);
console.log(
  reason
    ? `no Docker Engine for the tests: ${reason}`
    : `Docker Engine ${engine}, compose ${compose}`,
);
process.exitCode = reason ? 1 : 0;
