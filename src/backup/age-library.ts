/** What is used of age-encryption. Named, so that the bundler leaves the rest out. */
export { Decrypter, Encrypter } from 'age-encryption';
