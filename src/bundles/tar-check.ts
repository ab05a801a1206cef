import { Parser } from 'tar/parse';

/**
 * Passes a tar archive through and looks whether it is whole: docker ends one early, and with success, where a file
 * goes away while it is read.
 * @throws Error at its end
 */
export async function* wholeTar(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const parser = new Parser({ strict: true, zstd: false, brotli: false });
  let ended = false;
  let fault: Error | undefined;
  parser.on('entry', (entry) => entry.resume());
  parser.on('eof', () => {
    ended = true;
  });
  parser.on('error', (error: Error) => {
    fault ??= error;
  });
  for await (const chunk of source) {
    if (fault === undefined) parser.write(chunk);
    yield chunk;
  }
  if (fault === undefined) parser.end();
  if (fault !== undefined) throw fault;
  if (!ended) throw new Error('the archive ends too early');
}
