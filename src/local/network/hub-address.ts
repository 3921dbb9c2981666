// The hub's address on every pod's link.

/** Every pod's gateway, and the address from which probes and published connections come. */
export const hubAddress = '169.254.1.1';
