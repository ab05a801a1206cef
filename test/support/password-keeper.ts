import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { scramVerifier } from '../../src/config/rotate-password.ts';
import type { Desk } from './program.ts';

/** What the database does to the statement that changes its password. */
export type Mood = 'takes it' | 'refuses it' | 'takes its time';

/**
 * A docker whose database keeps the hash of its password in a file of the desk, as PostgreSQL does in its catalogue.
 * What it does not know ends with 99.
 */
export class PasswordKeeper {
  readonly #desk: Desk;

  constructor(
    desk: Desk,
    state: 'running' | 'stopped' | 'never started' | 'empty' | 'no engine',
    mood: Mood = 'takes it',
  ) {
    this.#desk = desk;
    desk.write('.hash', 'SCRAM-SHA-256$4096:old$old:old');
    desk.write('.compose.json', {
      name: 'p',
      services: {
        postgres: service('postgres-data', '/var/lib/postgresql/data'),
        bucket: service('bucket-data', '/data'),
      },
      volumes: { 'postgres-data': { name: 'p_postgres-data' }, 'bucket-data': { name: 'p_b' } },
    });
    const takes = {
      'takes it': '',
      'refuses it': 'echo "ERROR: read-only transaction" >&2; exit 3',
      'takes its time': 'touch .at-it; sleep 1',
    }[mood];
    desk.putOnPath(
      'docker',
      `cd '${desk.folder}'
echo "$*" >>.asked
${state === 'no engine' ? '[ "$1" = compose ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }' : ''}
case "$*" in
  'compose config --format json') cat .compose.json ;;
  'volume inspect '*) ${state === 'never started' ? 'echo "no such volume" >&2; exit 1' : ':'} ;;
  'ps --all '*) : ;;
  'ps --quiet '*) ${state === 'running' ? 'echo id-of-postgres' : ':'} ;;
  'container ls --filter label=proto-scaffold.database='*) : ;;
  'image inspect --format {{.Id}} '*) echo sha256:1 ;;
  'image inspect '*) echo '{"entrypoint":["docker-entrypoint.sh"],"command":["postgres"]}' ;;
  'run '*) echo ready; cat >/dev/null ;;
  'exec '*' du '*|'exec '*'ls -A'*) echo 4 .; ${state === 'empty' ? ':' : 'echo base >&2'} ;;
  'exec '*pg_isready*) : ;;
  'exec --interactive '*' psql '*)
    cat >.statement
    if grep -q '^SELECT' .statement; then printf 'hash:%s\\n' "$(cat .hash)"
    else
      cat .statement >>.statements
      ${takes}
      sed -n "s/.* PASSWORD '\\(.*\\)';/\\1/p" .statement >.hash
    fi ;;
  *) echo "the stand-in for docker does not know: $*" >&2; exit 99 ;;
esac`,
    );
  }

  /** Is this the password that the database knows? */
  async knows(password: string): Promise<boolean> {
    const hash = this.hash;
    const salt = Buffer.from(/^SCRAM-SHA-256\$4096:(.*?)\$/.exec(hash)?.[1] ?? '', 'base64');
    return (await scramVerifier(password, salt)) === hash;
  }

  get hash(): string {
    return readFileSync(this.#desk.path('.hash'), 'utf8').trim();
  }

  /** What it is from now on, as after a crash of someone else's making. */
  set hash(hash: string) {
    writeFileSync(this.#desk.path('.hash'), hash);
  }

  /** Command lines and statements, all that it was given. */
  get heard(): string {
    return ['.asked', '.statements']
      .filter((name) => existsSync(this.#desk.path(name)))
      .map((name) => readFileSync(this.#desk.path(name), 'utf8'))
      .join('\n');
  }
}

function service(volume: string, target: string): object {
  return {
    image: 'registry.invalid/proto/postgres:stable',
    environment: { POSTGRES_USER: 'postgres', POSTGRES_DB: 'platform' },
    volumes: [{ type: 'volume', source: volume, target }],
  };
}
