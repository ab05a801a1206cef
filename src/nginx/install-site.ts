/** What an operator types, in the installation, once nginx/proto.conf is new. By itself, so that telling it loads nothing of nginx's. */
export const installSite = 'sudo proto-scaffold nginx --install';
