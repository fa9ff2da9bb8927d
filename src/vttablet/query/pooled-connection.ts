/** A connection of a pool, and its shape: whether affected rows count found rows, and which SET statements it has run. */
import { Lru } from "../../base/lru.ts";
import type { Connection } from "../../mysql/client.ts";
import type { PreparedStatement } from "../../mysql/packets/prepared.ts";
import type { Sql } from "../../mysql/sql.ts";

export interface Shape {
  readonly foundRows: boolean;
  /** SET statements, in order. */
  readonly settings: readonly string[];
}

/** What stays with a connection whatever shape it has. */
export interface Birth {
  readonly ms: number;
  /** SET NAMES and sql_mode as at the login: RESET CONNECTION falls back to what the server's defaults are by then. */
  readonly defaults: Sql;
  /** Those of an older generation are not used any more. */
  readonly generation: number;
}

export class PooledConnection {
  readonly connection: Connection;
  readonly foundRows: boolean;
  readonly shapeKey: string;
  readonly birth: Birth;
  readonly prepared: Lru<string, PreparedStatement>;
  idleSinceMs = 0;
  /** Its pool has given it away for good. */
  isDetached = false;

  constructor(connection: Connection, shape: Shape, birth: Birth, preparedMax: number) {
    this.connection = connection;
    this.foundRows = shape.foundRows;
    this.shapeKey = keyOf(shape);
    this.birth = birth;
    this.prepared = new Lru(preparedMax, (_text, old) => connection.closeStatement(old));
  }
}

export function keyOf({ foundRows, settings }: Shape): string {
  if (settings.length === 0) return foundRows ? "f" : "";
  return `${foundRows ? "f" : ""}${settings.join("\0")}`;
}
