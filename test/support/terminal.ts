import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { commandLine, type Desk } from './program.ts';

/**
 * A terminal with a shell in it, by tmux(1): what a person types goes in, and what the person would see
 * comes out. Each has a tmux server of its own.
 */
export class Terminal {
  readonly #socket = `proto-scaffold-${randomUUID()}`;
  readonly #env: NodeJS.ProcessEnv;

  constructor(desk: Desk) {
    // tmux starts the shell by $SHELL, of which bash would drop the prompt, and with its own PATH.
    this.#env = { ...process.env, SHELL: '/bin/sh', PATH: desk.env.PATH };
    const environment = Object.entries({ ...desk.env, PS1: '$ ', TERM: 'xterm-256color' });
    const variables = environment.flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    // -f /dev/null: no settings of whoever runs the tests.
    this.#tmux(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      '120',
      '-y',
      '50',
      ...variables,
      '-c',
      desk.folder,
      'exec sh',
    );
    // What scrolls out is looked at, too.
    this.#tmux('set-option', '-g', 'history-limit', '10000');
  }

  /** Starts the program in the shell. `status` tells of its end. */
  start(...args: string[]): void {
    // Wiped at once, by tmux itself: `clear` takes its time, and what a run before printed would be seen.
    this.#tmux('send-keys', '-R');
    this.#tmux('clear-history');
    const command = [...commandLine, ...args].map((word) => `'${word}'`).join(' ');
    this.type(`clear; ${command}; echo "ended with $?"`);
    this.press('Enter');
  }

  /** Types a text, letter by letter. */
  type(text: string): void {
    // To tmux a semicolon at the end of a word ends the command.
    this.#tmux('send-keys', '-l', '--', text.replace(/;$/, '\\;'));
  }

  /** Keys by tmux's names: `Enter`, `C-c`, `Down`. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** All that was printed, as far as it was not wiped away. */
  screen(): string {
    return this.#tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  /** The same with its colours, as escape sequences. */
  coloured(): string {
    return this.#tmux('capture-pane', '-p', '-e', '-J', '-S', '-');
  }

  /** Waits, for as long as the test may take, until the screen shows a text. */
  async shows(text: string | RegExp): Promise<string> {
    for (;;) {
      const screen = this.screen();
      if (typeof text === 'string' ? screen.includes(text) : text.test(screen)) return screen;
      await pause(50);
    }
  }

  /** The exit code of what was started, once it has ended. */
  async status(): Promise<number> {
    // A Ctrl-C that comes at the very end is shown before it, on the same line.
    const told = /^(?:\^C)?ended with (\d+)$/m;
    return Number(told.exec(await this.shows(told))?.[1]);
  }

  cursorShows(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** The process that runs in the shell. */
  programId(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim());
  }

  close(): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], {
      encoding: 'utf8',
      env: this.#env,
    });
  }
}
