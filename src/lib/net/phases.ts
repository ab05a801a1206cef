/** What a request waits for, in order. A web proxy goes through the first three itself, and answers `proxy`. */
export type Phase = 'name' | 'connect' | 'tls' | 'proxy' | 'answer' | 'silence';

/** In ms, how long each phase may take. */
export type PhaseLimits = Readonly<Record<Phase, number>>;

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
  readonly enter: (phase: Phase, proxy?: string) => void;
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

  enter(phase: Phase, proxy?: string): void {
    this.stop();
    this.phase = phase;
    const ms = this.#limits[phase];
    this.#timer = setTimeout(() => this.#expire(new TimeLimitError(phase, ms, proxy)), ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
