/** The parts of age-encryption in use, exported by name so that the bundler drops the rest. */
export { Decrypter, Encrypter } from 'age-encryption';
