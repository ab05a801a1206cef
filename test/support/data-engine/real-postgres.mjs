// The programs of PostgreSQL in a container of the data engine (docker.sh), on a real cluster: `cluster` in the engine's folder has the
// folder of its programs and that of its socket. Arguments: the engine's folder, the container, the program.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [engine, , program, ...args] = process.argv.slice(2);
const [programs, socket] = readFileSync(join(engine, 'cluster'), 'utf8').split('\n');
const env = { ...process.env, PGHOST: socket };
const { status } = spawnSync(join(programs, program), args, { env, stdio: 'inherit' });
process.exitCode = status ?? 99;
