import type { Readable } from 'node:stream';

/**
 * What a role of the registry wants to say, before it is sent: faults change it, `send` writes it.
 * `length` is Content-Length; it is taken from a Buffer, and must be given with a stream or for HEAD.
 */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | Readable;
  readonly length?: number;
}

/** A refusal that a role raises anywhere and its server sends. */
export class Refusal extends Error {
  readonly answer: Answer;
  /** False where the request is one that the registry was never taught. */
  readonly known: boolean;

  constructor(message: string, answer: Answer, known = true) {
    super(message);
    this.answer = answer;
    this.known = known;
  }
}

/** The AWS JSON 1.1 protocol's error: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html */
export function awsError(type: string, message: string, status = 400, known = true): Refusal {
  const body = Buffer.from(JSON.stringify({ __type: type, message }));
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return new Refusal(`${type}: ${message}`, { status, headers, body }, known);
}

/** The distribution specification's error, "Error Codes". */
export function registryError(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  known = true,
): Refusal {
  const body = Buffer.from(`${JSON.stringify({ errors: [{ code, message }] })}\n`);
  const all = { 'content-type': 'application/json; charset=utf-8', ...headers };
  return new Refusal(`${code}: ${message}`, { status, headers: all, body }, known);
}

/** S3's XML error. */
export function s3Error(status: number, code: string, message: string, known = true): Refusal {
  const xml =
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const headers = { 'content-type': 'application/xml' };
  return new Refusal(`${code}: ${message}`, { status, headers, body: Buffer.from(xml) }, known);
}
