// The methods that are known: Envoy refuses every other one in HTTP/1.1 unless told otherwise, and names are case-sensitive.

const names =
  `ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR MKCOL MOVE M-SEARCH NOTIFY OPTIONS PATCH POST
  PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE`.split(
    /\s+/,
  );

const known: ReadonlyMap<string, string> = new Map(names.map((name) => [name, name]));

/** One shared string per method; undefined if it is none. */
export function knownMethod(text: string): string | undefined {
  return known.get(text);
}
