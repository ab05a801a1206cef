import { UserError } from '../../errors.ts';

/** In bytes; far more than any value, a chain of certificates included. What is longer is a mistake. */
const longest = 16 * 1024;

/**
 * Reads a stream to its end, as UTF-8.
 * @throws UserError USAGE where it is no text, or has no end in sight
 */
export async function readToEnd(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stop = () => (stream as NodeJS.ReadStream).destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > longest) throw new UserError('USAGE', 'What was piped in is longer than a value.');
      chunks.push(bytes);
    }
    signal.throwIfAborted();
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TypeError)
      throw new UserError('USAGE', 'What was piped in is not UTF-8 text.');
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
