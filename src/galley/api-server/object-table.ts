// Every object of the embedded API, on disk (SQLite) and in memory, under one global resourceVersion, with its recent history.
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { KubernetesObject } from '../../lib/kubernetes.ts';
import { MeshError } from '../../lib/mesh-error.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface ObjectEvent {
  readonly type: EventType;
  readonly resource: string;
  /** Deeply frozen. For DELETED the last state, with the resourceVersion of the deletion. */
  readonly object: KubernetesObject;
  readonly previous?: KubernetesObject;
  readonly resourceVersion: number;
}

const schemaVersion = 1;

const schema = `
  CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS object (
    resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (resource, namespace, name)
  ) WITHOUT ROWID;
  INSERT OR IGNORE INTO counter VALUES ('resourceVersion', 1);
`;

export class ObjectTable {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #count: StatementSync;
  readonly #objects = new Map<string, Map<string, KubernetesObject>>();
  readonly #history: ObjectEvent[] = [];
  readonly #historyLimit: number;
  /** The newest resourceVersion that is no longer in the history: who saw less must list again. */
  #oldest: number;
  #resourceVersion: number;

  constructor(file: string, historyLimit = 20_000) {
    this.#historyLimit = historyLimit;
    this.#database = openDatabase(file);
    this.#put = this.#database.prepare('INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?)');
    this.#remove = this.#database.prepare('DELETE FROM object WHERE resource = ? AND namespace = ? AND name = ?');
    this.#count = this.#database.prepare(`UPDATE counter SET value = ? WHERE name = 'resourceVersion'`);
    const row = this.#database.prepare(`SELECT value FROM counter WHERE name = 'resourceVersion'`).get();
    this.#resourceVersion = Number(row?.['value'] ?? 1);
    this.#oldest = this.#resourceVersion;
    for (const each of this.#database.prepare('SELECT resource, namespace, name, body FROM object').iterate()) {
      const object: KubernetesObject = JSON.parse(String(each['body']));
      const key = `${String(each['namespace'])}/${String(each['name'])}`;
      this.#of(String(each['resource'])).set(key, freeze(object));
    }
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get(resource: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.#objects.get(resource)?.get(`${namespace}/${name}`);
  }

  /** In the order of namespace and name, as etcd has it. */
  list(resource: string, namespace?: string): KubernetesObject[] {
    const all = [...(this.#objects.get(resource)?.entries() ?? [])];
    const wanted = namespace === undefined ? all : all.filter(([key]) => key.startsWith(`${namespace}/`));
    return wanted.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Writes the object under the next resourceVersion; on disk before this returns. */
  put(resource: string, object: KubernetesObject): ObjectEvent {
    const { name, namespace = '' } = object.metadata;
    const resourceVersion = this.#resourceVersion + 1;
    object.metadata.resourceVersion = String(resourceVersion);
    this.#commit(resourceVersion, () => this.#put.run(resource, namespace, name, JSON.stringify(object)));
    const objects = this.#of(resource);
    const key = `${namespace}/${name}`;
    const previous = objects.get(key);
    objects.set(key, freeze(object));
    return this.#remember({
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      resource,
      object,
      ...(previous === undefined ? {} : { previous }),
      resourceVersion,
    });
  }

  remove(resource: string, previous: KubernetesObject): ObjectEvent {
    const { name, namespace = '' } = previous.metadata;
    const resourceVersion = this.#resourceVersion + 1;
    this.#commit(resourceVersion, () => this.#remove.run(resource, namespace, name));
    this.#of(resource).delete(`${namespace}/${name}`);
    const metadata = { ...previous.metadata, resourceVersion: String(resourceVersion) };
    const object = freeze({ ...previous, metadata });
    return this.#remember({ type: 'DELETED', resource, object, previous, resourceVersion });
  }

  resources(): string[] {
    return [...this.#objects.keys()];
  }

  /** Events after `resourceVersion`, or `undefined` when they are no longer known. */
  since(resourceVersion: number): readonly ObjectEvent[] | undefined {
    if (resourceVersion < this.#oldest || resourceVersion > this.#resourceVersion) return undefined;
    const history = this.#history;
    let from = history.length;
    while (from > 0 && (history[from - 1]?.resourceVersion ?? 0) > resourceVersion) from -= 1;
    return history.slice(from);
  }

  close(): void {
    this.#database.close();
  }

  #of(resource: string): Map<string, KubernetesObject> {
    let objects = this.#objects.get(resource);
    if (objects === undefined) this.#objects.set(resource, (objects = new Map()));
    return objects;
  }

  #commit(resourceVersion: number, write: () => unknown): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      write();
      this.#count.run(resourceVersion);
      this.#database.exec('COMMIT');
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw new MeshError('api-storage', 'cannot write to the API database', { cause });
    }
    this.#resourceVersion = resourceVersion;
  }

  #remember(event: ObjectEvent): ObjectEvent {
    this.#history.push(event);
    // Trimmed in one go now and then: shifting one by one would move the whole array each time.
    if (this.#history.length > this.#historyLimit * 1.25) {
      const dropped = this.#history.splice(0, this.#history.length - this.#historyLimit);
      this.#oldest = dropped.at(-1)?.resourceVersion ?? this.#oldest;
    }
    return event;
  }
}

function openDatabase(file: string): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { timeout: 200 });
    // FULL: what was answered survives even a power cut. EXCLUSIVE: a second process on the same file fails at once.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (found > schemaVersion) {
      database.close();
      throw new MeshError('api-storage', `it has format ${found}, this program knows up to ${schemaVersion}`);
    }
    database.exec(`${schema} PRAGMA user_version = ${schemaVersion};`);
    return database;
  } catch (cause) {
    throw new MeshError('api-storage', `cannot open the API database ${file}`, { cause });
  }
}

/** Objects are shared by every reader, so a careless write must throw rather than spread. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}
