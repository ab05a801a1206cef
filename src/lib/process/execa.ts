/** The parts of execa in use. Named exports let the bundler drop the rest. */
export { execa } from 'execa';
