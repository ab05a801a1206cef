import { readFileSync } from 'node:fs';
import type { Desk } from './program.ts';

/**
 * A host with Debian's nginx of its own for the program's process: /etc/nginx, /run, logs, network and processes are
 * the host's alone, and gone when it ends. Needs root.
 */
export class NginxHost {
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.through('');
  }

  /**
   * From now on the program runs on a fresh such host.
   * @param before shell commands that prepare it, once /etc/nginx is there; `start` starts nginx, `settle` waits until it
   *   has no other workers than it should have
   * @param after shell commands that look at it when the program has ended; its exit code stays
   */
  through(before: string, after = ''): void {
    const script = `
      set -e
      PATH=$PATH:/usr/sbin:/sbin
      ip link set lo up
      mkdir -p "$HOME/copy" && cp -a /etc/nginx/. "$HOME/copy" && rm -rf "$HOME/copy/sites-enabled" "$HOME/copy/sites-available"
      for place in /etc/nginx /run /var/log/nginx /var/lib/nginx; do mount -t tmpfs -o mode=755 none $place; done
      cp -a "$HOME/copy/." /etc/nginx && rm -rf "$HOME/copy"
      mkdir /etc/nginx/sites-available /etc/nginx/sites-enabled
      start() { nginx; }
      settle() { while [ "$(pgrep -c nginx)" -gt $((1 + $(nproc))) ] || pgrep -f 'worker process is shutting dow[n]' >/dev/null; do sleep 0.05; done; }
      look() { (cd /etc/nginx && find sites-* -type l -printf '%p -> %l\\n' -o -type f -printf '%p\\n' | sort); }
      ${before}
      set +e
      "$@"
      code=$?
      { ${after === '' ? 'look' : after}; } > "$HOME/seen" 2>&1
      exit $code`;
    this.#desk.through = [
      ...['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', '-c', script, 'sh'],
    ];
  }

  /** What `after` printed; without it, the links and files of the sites. */
  seen(): string {
    return readFileSync(this.#desk.path('seen'), 'utf8');
  }
}
