import type { LoggedRequest, Role } from './log.ts';

/** Which requests a fault befalls: all that is given must fit. */
export interface FaultMatch {
  readonly role?: Role;
  readonly method?: string;
  /** An ECR operation: `GetAuthorizationToken`. */
  readonly target?: string;
  readonly path?: RegExp;
  /** Who asks: docker's own requests begin with `docker/`. */
  readonly userAgent?: RegExp;
}

/** What happens instead of the right answer. */
export type FaultKind =
  /** An error of AWS's form: 429 and 503 with Retry-After where given. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** The right answer, later. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** No answer, ever; the connection stays open. */
  | { readonly kind: 'stall' }
  /** The right head and the body's first bytes, then nothing more; the connection stays open. */
  | { readonly kind: 'stall-body'; readonly afterBytes: number }
  /** The right head and the body's first bytes, then the connection is closed. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** TCP RST instead of an answer. */
  | { readonly kind: 'reset' }
  /** A captive portal's sign-in page: 200, text/html. */
  | { readonly kind: 'html' }
  /** 200 with JSON that is not what was asked for, or with this text. */
  | { readonly kind: 'wrong-json'; readonly text?: string }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** The right answer with one bit of its body turned. */
  | { readonly kind: 'wrong-digest' }
  /** The right body, and zeros after it without end; no Content-Length. */
  | { readonly kind: 'endless' }
  /** Some other web server's 404 page. */
  | { readonly kind: 'not-aws' };

export type Fault = FaultKind & {
  readonly match: FaultMatch;
  /** How many requests it befalls; all of them where absent. */
  readonly times?: number;
};

/** The faults that were ordered. The first that fits a request befalls it. */
export class Faults {
  readonly #ordered: { readonly fault: Fault; left: number }[] = [];

  add(fault: Fault): void {
    this.#ordered.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#ordered.length = 0;
  }

  /** The fault for this request; it counts as used. */
  take(request: LoggedRequest): Fault | undefined {
    const entry = this.#ordered.find(({ fault, left }) => left > 0 && fits(fault.match, request));
    if (entry === undefined) return undefined;
    entry.left -= 1;
    return entry.fault;
  }
}

function fits(
  { role, method, target, path, userAgent }: FaultMatch,
  request: LoggedRequest,
): boolean {
  return (
    (role ?? request.role) === request.role &&
    (method ?? request.method) === request.method &&
    (target ?? request.target) === request.target &&
    (path?.test(request.path) ?? true) &&
    (userAgent?.test(request.headers['user-agent'] ?? '') ?? true)
  );
}
