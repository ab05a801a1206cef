/** A test run that starts an engine, says where, and never ends by itself. */
import { startEngine } from './engine.ts';

const { host, folder } = await startEngine();
console.log(JSON.stringify({ host, folder }));
setInterval(() => undefined, 60_000);
