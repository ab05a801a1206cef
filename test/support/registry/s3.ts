import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Answer, s3Error } from './answer.ts';
import { blobAnswer } from './blob-answer.ts';
import type { Blob } from './store.ts';

const lifetimeMs = 60 * 60 * 1000;

/**
 * The store behind ECR: blobs are handed out by another host for a pre-signed URL alone.
 * A request that carries an Authorization header as well gets S3's 400.
 */
export class BlobHost {
  readonly #tickets = new Map<string, { readonly blob: Blob; readonly expiresAt: number }>();

  /** Path and query of a URL that gives this blob for an hour. */
  presign(blob: Blob, digest: string, now: number): string {
    const signature = randomBytes(32).toString('hex');
    this.#tickets.set(signature, { blob, expiresAt: now + lifetimeMs });
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Expires': String(lifetimeMs / 1000),
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Signature': signature,
    });
    return `/layer-bucket/${digest.replace(':', '/')}?${query}`;
  }

  answer(request: IncomingMessage, url: URL, now: number): Answer {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const text = 'The specified method is not allowed against this resource.';
      throw s3Error(405, 'MethodNotAllowed', text, false);
    }
    if (request.headers.authorization !== undefined) {
      throw s3Error(
        400,
        'InvalidArgument',
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature ' +
          'query string parameter or the Authorization header should be specified',
      );
    }
    const ticket = this.#tickets.get(url.searchParams.get('X-Amz-Signature') ?? '');
    if (ticket === undefined) throw s3Error(403, 'AccessDenied', 'Access Denied');
    if (now >= ticket.expiresAt) throw s3Error(403, 'AccessDenied', 'Request has expired');
    const headers = { 'content-type': 'application/octet-stream', server: 'AmazonS3' };
    return blobAnswer(ticket.blob, request.headers.range, headers);
  }
}
