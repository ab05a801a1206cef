/** What is used of execa. Named, so that the bundler leaves the rest out. */
export { execa } from 'execa';
