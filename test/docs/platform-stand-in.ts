import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Data, DataEngine } from '../support/data-engine/index.ts';
import { containerAnswer } from '../support/docker-stand-in.ts';
import type { Desk } from '../support/program.ts';

const info = fileURLToPath(new URL('../checks/fixtures/docker-info.27.3.json', import.meta.url));

/**
 * A docker for the commands of a page: the data engine, which keeps data in folders, and before it what an operator's
 * day needs: a platform that starts, is healthy, and is taken down. What neither knows ends with 99.
 */
export class PlatformStandIn {
  readonly #desk: Desk;
  #engine: DataEngine | undefined;

  constructor(desk: Desk) {
    this.#desk = desk;
    mkdirSync(desk.path('.bin/engine'), { recursive: true });
    this.#putFront([]);
  }

  /** To be called after each command: an installation that is there now is one that the engine knows. */
  follow(): void {
    if (!existsSync(this.#desk.path('proto/backend/docker-compose.yml'))) return;
    this.#engine = new DataEngine(this.#desk);
    const config = this.#desk.path('.bin/engine/config.json');
    const model = JSON.parse(readFileSync(config, 'utf8'));
    writeFileSync(config, JSON.stringify({ name: 'x', ...model }));
    renameSync(this.#desk.path('.bin/docker'), this.#desk.path('.bin/data-engine'));
    this.#putFront(Object.keys(model.services));
  }

  /** @throws where nothing is installed yet */
  put(data: Data): void {
    if (this.#engine === undefined) throw new Error('there is no installation yet');
    this.#engine.put(data);
  }

  /** A host without any data, as a new one. */
  forget(): void {
    this.#engine = undefined;
    rmSync(this.#desk.path('.bin/engine'), { recursive: true });
    mkdirSync(this.#desk.path('.bin/engine'));
    this.#putFront([]);
  }

  #putFront(services: readonly string[]): void {
    const at = this.#desk.path('.bin/engine');
    const rest = `exec env BY_HAND=1 '${this.#desk.path('.bin/data-engine')}' "$@"`;
    writeFileSync(
      join(at, 'containers.json'),
      JSON.stringify(services.map((service) => containerAnswer(service))),
    );
    const ids = services.map((service) => `echo id-of-${service}`).join('; ');
    this.#desk.putOnPath(
      'docker',
      `E='${at}'
case "$*" in
login*) exec cat >/dev/null ;;
info*) exec cat '${info}' ;;
--version) echo 'Docker version 27.3.1, build 1' ;;
version*) echo 27.3.1 ;;
"compose config --quiet"*) ;;
"compose up --detach"*)
  for name in $(cat "$E/volumes.txt"); do
    at="$E/volumes/$name/data"
    mkdir -p "$at"
    case "$name" in
    *postgres*)
      [ -e "$at/catalog.json" ] || echo '{"databases":{"platform":""},"password":"new"}' >"$at/catalog.json"
      echo "$name /var/lib/postgresql/data" >"$E/container-id-of-postgres" ;;
    esac
  done
  : >"$E/running" ;;
"compose down"*) rm -f "$E/running" "$E/container-id-of-postgres" ;;
"compose restart"* | "compose logs"*) [ -e "$E/running" ] ;;
"compose exec"*) [ -e "$E/running" ] && echo 1 ;;
"exec --interactive"*TERM*) ${rest} ;;
"exec --interactive"*" psql "*)
  input=$(cat)
  case "$input" in
  *pg_authid*) echo hash:of-the-present-password ;;
  *) printf '%s\\n' "$input" | BY_HAND=1 '${this.#desk.path('.bin/data-engine')}' "$@" ;;
  esac ;;
"ps --all --quiet"*) if [ -e "$E/running" ]; then ${ids || ':'}; fi ;;
"ps --quiet"*service=postgres*) [ ! -e "$E/running" ] || echo id-of-postgres ;;
"ps --format"* | stats* | "image ls"* | "images"* | "volume ls"* | "network ls"*) ;;
"container inspect"*) exec cat "$E/containers.json" ;;
"system df"*) echo '{}' ;;
"image inspect --format {{json .RepoDigests}}"*)
  shift 4
  for image; do echo "[\\"\${image%:*@*}@\${image#*@}\\"]"; done ;;
"image inspect --format"*) ${rest} ;;
"image inspect"*) echo '[]' ;;
*) ${rest} ;;
esac`,
    );
  }
}
