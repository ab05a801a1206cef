import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './docs/pages.ts';

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
for (const [name, text] of generatedPages()) writeFileSync(docs + name, text);
