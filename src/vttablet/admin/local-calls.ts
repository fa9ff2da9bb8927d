/** RPCs about the tablet itself (inventory 3.005): type, tags, state, hooks, and what its server says of itself. */
import { sleep } from "../../base/clock.ts";
import { VtError } from "../../base/errors.ts";
import { sql } from "../../mysql/sql.ts";
import { executeHook, type HookEnvironment } from "../../mysqld/hooks.ts";
import { TabletType } from "../../proto/generated/topodata_pb.js";
import { tabletTypeName } from "../../topo/tablet-types.ts";
import { crc64 } from "./crc64.ts";
import type { TabletCalls } from "./replication-calls.ts";
import type { Tablet } from "./tablet.ts";

/** Exit status of a hook that is not there, as Vitess has it. */
const noHook = -1n;
const sleepMsMax = 60 * 60 * 1000;
/** Types that a command may set; PRIMARY comes by reparents alone, the others by backup and restore. */
const settableTypes: readonly TabletType[] = [
  TabletType.REPLICA,
  TabletType.RDONLY,
  TabletType.SPARE,
  TabletType.EXPERIMENTAL,
  TabletType.BACKUP,
  TabletType.RESTORE,
  TabletType.DRAINED,
];

export function localCalls(tablet: Tablet, env: HookEnvironment): TabletCalls {
  const { database, clock } = tablet.effects;
  const change = (name: string, work: () => Promise<void>) => tablet.act(name, work).then(() => ({}));
  return {
    ping: async ({ payload }) => ({ payload }),
    sleep: async ({ duration }, { signal }) => {
      await sleep(clock, Math.min(Number(duration / 1_000_000n), sleepMsMax), signal);
      return {};
    },
    executeHook: async ({ name, parameters, extraEnv }) => {
      const ran = await executeHook(name, parameters, env, extraEnv);
      if (ran === undefined) return { exitStatus: noHook, stdout: "", stderr: `there is no hook ${name}` };
      return { exitStatus: BigInt(ran.exitCode), stdout: ran.out, stderr: ran.err };
    },
    changeType: ({ tabletType, semiSync }) => change("ChangeType", () => changeType(tablet, tabletType, semiSync)),
    changeTags: ({ tags, replace }) =>
      tablet.act("ChangeTags", async () => {
        await tablet.setTags((present) => mergeTags(replace ? {} : present, tags));
        return { tags: { ...tablet.record.tags } };
      }),
    refreshState: () => change("RefreshState", () => tablet.refresh()),
    runHealthCheck: () => change("RunHealthCheck", () => tablet.checkHealth()),
    setReadOnly: () => change("SetReadOnly", () => database.setReadOnly(true)),
    setReadWrite: () => change("SetReadWrite", () => database.setReadOnly(false)),
    getGlobalStatusVars: async ({ variables }) => ({ statusValues: await readStatusVars(tablet, variables) }),
    getPermissions: async () => ({ permissions: await readPermissions(tablet) }),
  };
}

async function changeType(tablet: Tablet, type: TabletType, semiSync: boolean): Promise<void> {
  if (tablet.isPrimary) throw VtError.of("VT21104", "the tablet is the shard's primary: reparent the shard instead");
  if (!settableTypes.includes(type)) throw VtError.of("VT21104", `type ${tabletTypeName(type)} cannot be set`);
  await tablet.effects.database.setSemiSync({ primary: false, replica: semiSync });
  await tablet.setType(type);
}

/** An empty value removes a tag. */
function mergeTags(present: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>) {
  return Object.fromEntries(Object.entries({ ...present, ...given }).filter(([, text]) => text !== ""));
}

async function readStatusVars(tablet: Tablet, wanted: readonly string[]): Promise<Record<string, string>> {
  const rows = await tablet.effects.database.withDba((connection) => connection.query(sql`show global status`));
  const names = new Set(wanted.map((name) => name.toLowerCase()));
  const kept = rows.rows.filter(([name]) => names.size === 0 || names.has((name ?? "").toLowerCase()));
  return Object.fromEntries(kept.map(([name, text]) => [name ?? "", text ?? ""]));
}

async function readPermissions(tablet: Tablet) {
  const { database } = tablet.effects;
  const users = await database.withDba((connection) => connection.query(sql`select * from mysql.user`));
  const dbs = await database.withDba((connection) => connection.query(sql`select * from mysql.db`));
  return {
    userPermissions: users.objects.map((row) => {
      const { Host, User, Password, authentication_string, ...rest } = row;
      const secret = Password || authentication_string || "";
      return {
        host: Host ?? "",
        user: User ?? "",
        passwordChecksum: crc64(Buffer.from(secret)),
        privileges: textsOf(rest),
      };
    }),
    dbPermissions: dbs.objects.map(({ Host, Db, User, ...rest }) => ({
      host: Host ?? "",
      db: Db ?? "",
      user: User ?? "",
      privileges: textsOf(rest),
    })),
  };
}

function textsOf(row: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(row).map(([name, text]) => [name, text ?? ""]));
}
