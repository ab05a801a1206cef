/** What a request waits for, in order. A web proxy goes through the first three itself, and answers `proxy`. */
type TimedPhase = 'name' | 'connect' | 'tls' | 'proxy' | 'answer' | 'silence';

/** `pace`: a body that comes, but too slowly. */
export type Phase = TimedPhase | 'pace';

/** In ms, how long each phase may take. */
export type PhaseLimits = Readonly<Record<TimedPhase, number>>;

/** A phase took too long. */
export class TimeLimitError extends Error {
  override readonly name = 'TimeLimitError';
  readonly phase: Phase;
  readonly ms: number;
  /** `host:port` of the web proxy, if that is what did not answer. */
  readonly proxy: string | undefined;

  constructor(phase: Phase, ms: number, proxy?: string) {
    super(`limit of ${ms} ms for the phase ${phase}`);
    this.phase = phase;
    this.ms = ms;
    this.proxy = proxy;
  }
}

/** What a connection is opened for: a request, which may end meanwhile. */
export interface Opening {
  /** Ends everything that is being done to open the connection. */
  readonly signal: AbortSignal;
  /** @param proxy `host:port` of the web proxy, if the phase is its own */
  readonly enter: (phase: TimedPhase, proxy?: string) => void;
}

/** In bytes a second, over the limit for silence: a body that comes slower would never end. */
export const slowestPace = 1024;

/** Ends a body of which a byte comes now and then. */
export class Pace {
  readonly #windowMs: number;
  #bytes = 0;
  #waitedMs = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** @throws TimeLimitError */
  count(bytes: number, waitedMs: number): void {
    this.#bytes += bytes;
    this.#waitedMs += waitedMs;
    if (this.#waitedMs < this.#windowMs) return;
    if (this.#bytes < (slowestPace * this.#waitedMs) / 1000) {
      throw new TimeLimitError('pace', this.#windowMs);
    }
    this.#bytes = 0;
    this.#waitedMs = 0;
  }
}

/** The phase that a request is in, with a time limit for each. */
export class PhaseTimer {
  readonly #limits: PhaseLimits;
  readonly #expire: (error: TimeLimitError) => void;
  #timer: NodeJS.Timeout | undefined;
  phase: Phase | undefined;

  constructor(limits: PhaseLimits, expire: (error: TimeLimitError) => void) {
    this.#limits = limits;
    this.#expire = expire;
  }

  enter(phase: TimedPhase, proxy?: string): void {
    this.stop();
    this.phase = phase;
    const ms = this.#limits[phase];
    this.#timer = setTimeout(() => this.#expire(new TimeLimitError(phase, ms, proxy)), ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
