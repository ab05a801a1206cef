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

/** Gives the right answer to a request, or throws a Refusal. */
export type Answerer = (
  request: IncomingMessage,
  url: URL,
  seen: (key: AccessKey) => void,
) => Answer | Promise<Answer>;

export interface Exchange {
  readonly faults: Faults;
  /** Every request, in the order of their coming. */
  readonly requests: LoggedRequest[];
  /** Errors of the registry itself, not of its callers. */
  readonly failures: unknown[];
  now(): number;
}

/** Turns answerers into an HTTP handler: logs, applies faults, sends. */
export function createHandler(
  exchange: Exchange,
  roleOf: (request: IncomingMessage, url: URL) => Role,
  answerers: Readonly<Partial<Record<Role, Answerer>>>,
): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const role = roleOf(request, url);
    const entry = logRequest(role, request, url);
    exchange.requests.push(entry);
    const answerer = answerers[role] as Answerer;
    const right = () => rightAnswer(exchange, entry, request, () => answerer(request, url, see));
    const see = (key: AccessKey) => {
      entry.keyId = key.accessKeyId;
    };
    serve(exchange, entry, request, response, right).catch((error: unknown) => {
      exchange.failures.push(error);
      response.destroy();
    });
  };
}

async function serve(
  exchange: Exchange,
  entry: LoggedRequest,
  request: IncomingMessage,
  response: ServerResponse,
  right: () => Promise<Answer>,
): Promise<void> {
  response.on('close', () => {
    if (response.headersSent) entry.status = response.statusCode;
  });
  setCommonHeaders(exchange, entry.role, response);
  const fault = exchange.faults.take(entry);
  entry.fault = fault?.kind;
  if (fault === undefined) return sendAnswer(entry, request, response, await right());
  await meetFault(entry, fault, request, response, right);
}

async function meetFault(
  entry: LoggedRequest,
  fault: Fault,
  request: IncomingMessage,
  response: ServerResponse,
  right: () => Promise<Answer>,
): Promise<void> {
  if (fault.kind === 'stall') return;
  if (fault.kind === 'reset') return reset(request.socket);
  if (fault.kind === 'slow') await sleep(fault.delayMs, undefined, { ref: false });
  const instead = faultAnswer(fault, entry.role);
  if (instead !== undefined) return sendAnswer(entry, request, response, instead);
  await sendWithFault(response, await right(), fault);
}

function reset(socket: Socket): void {
  // Node can reset a bare TCP connection only.
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

async function sendAnswer(
  entry: LoggedRequest,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  entry.status = answer.status;
  // An upload that was refused is read to its end, or its sender would see a broken pipe.
  request.resume();
  await send(response, answer);
}

async function rightAnswer(
  exchange: Exchange,
  entry: LoggedRequest,
  request: IncomingMessage,
  answer: () => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await answer();
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

function setCommonHeaders(exchange: Exchange, role: Role, response: ServerResponse): void {
  response.setHeader('date', new Date(exchange.now()).toUTCString());
  if (role === 'ecr') response.setHeader('x-amzn-requestid', randomUUID());
  if (role === 'registry') {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
  }
}
