import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import type { AccessKey } from './access.ts';
import { type Answer, Refusal } from './answer.ts';
import { faultAnswer } from './fault-answer.ts';
import type { Fault, Faults } from './faults.ts';
import { sendWithFault } from './faulty-send.ts';
import { type LoggedRequest, logRequest, type Role } from './log.ts';
import { send } from './send.ts';

/** What all listeners of one registry write to and are ruled by. */
export interface Exchange {
  readonly faults: Faults;
  /** Every request, in the order of their coming. */
  readonly requests: LoggedRequest[];
  /** Errors of the registry itself, not of its callers. */
  readonly failures: unknown[];
  now(): number;
}

/** Who answers a request, and how. The answer may be a thrown Refusal. */
export interface Route {
  readonly role: Role;
  /** @param seen told which key a request came with, as soon as that is known */
  readonly answer: (seen: (key: AccessKey) => void) => Answer | Promise<Answer>;
}

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: LoggedRequest;
  /** The answer without any fault. */
  readonly right: () => Promise<Answer>;
}

/** Turns routes into an HTTP handler: logs, applies faults, sends. */
export function createHandler(
  exchange: Exchange,
  routeOf: (request: IncomingMessage, url: URL) => Route,
): RequestListener {
  return (request, response) => {
    const url = urlOf(request);
    const route = routeOf(request, url);
    const entry = logRequest(route.role, request, url);
    exchange.requests.push(entry);
    const right = () => rightAnswer(exchange, entry, request, route);
    serve(exchange, { request, response, entry, right }).catch((error: unknown) => {
      exchange.failures.push(error);
      response.destroy();
    });
  };
}

/** A request target that is not a path (`*`, a whole URL) counts as the root, which no one answers. */
function urlOf({ url = '' }: IncomingMessage): URL {
  return new URL(`http://localhost${url.startsWith('/') ? url : '/'}`);
}

async function rightAnswer(
  exchange: Exchange,
  entry: LoggedRequest,
  request: IncomingMessage,
  route: Route,
): Promise<Answer> {
  try {
    return await route.answer((key) => {
      entry.keyId = key.accessKeyId;
    });
  } catch (error) {
    if (error instanceof Refusal) {
      entry.known = error.known;
      return error.answer;
    }
    const senderLeft = request.destroyed && !request.complete;
    if (senderLeft) return { status: 400, headers: {} };
    exchange.failures.push(error);
    return { status: 500, headers: {}, body: Buffer.from(String(error)) };
  }
}

async function serve(exchange: Exchange, visit: Visit): Promise<void> {
  const { response, entry } = visit;
  response.on('close', () => {
    if (response.headersSent) entry.status = response.statusCode;
  });
  response.setHeader('date', new Date(exchange.now()).toUTCString());
  if (entry.role === 'ecr') response.setHeader('x-amzn-requestid', randomUUID());
  if (entry.role === 'registry') {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
  }
  const fault = exchange.faults.take(entry);
  entry.fault = fault?.kind;
  if (fault === undefined) return sendAnswer(visit, await visit.right());
  await meetFault(visit, fault);
}

async function meetFault(visit: Visit, fault: Fault): Promise<void> {
  if (fault.kind === 'stall') return;
  if (fault.kind === 'reset') return reset(visit.request.socket);
  if (fault.kind === 'slow') await sleep(fault.delayMs, undefined, { ref: false });
  const instead = faultAnswer(fault, visit.entry.role);
  if (instead !== undefined) return sendAnswer(visit, instead);
  await sendWithFault(visit.response, await visit.right(), fault);
}

function reset(socket: Socket): void {
  // Node can reset a bare TCP connection only.
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

async function sendAnswer(visit: Visit, answer: Answer): Promise<void> {
  visit.entry.status = answer.status;
  // An upload that was refused is read to its end, or its sender would see a broken pipe.
  visit.request.resume();
  await send(visit.response, answer);
}
