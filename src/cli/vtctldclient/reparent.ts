/** Commands that change which tablet is primary. */
import { boolean, listOf, periodMs, string } from "../../base/flag-values.ts";
import { flag } from "../../base/flags.ts";
import type { Event } from "../../proto/generated/logutil_pb.js";
import { TabletExternallyReparentedResponseSchema } from "../../proto/generated/vtctldata_pb.js";
import { Vtctld } from "../../proto/generated/vtctlservice_pb.js";
import { clientCommand } from "./client-command.ts";
import type { Print } from "./print.ts";
import { alias, aliasOrNone, duration, keyspaceShard } from "./words.ts";

const tabletFlag = (help: string) => flag({ parse: string, default: "", help });
const waitFlag = (ms: number) => flag({ parse: periodMs, default: ms, help: "Longest wait for replicas to catch up." });

/** Fields of a request only where the flag was given: absent is "no such wish". */
const wish = <K extends string>(key: K, text: string) => {
  const found = aliasOrNone(text);
  return found === undefined ? {} : ({ [key]: found } as { readonly [k in K]: typeof found });
};

export const reparentCommands = [
  clientCommand({
    name: "PlannedReparentShard",
    summary: "Makes another tablet the primary of a healthy shard, or gives a new shard its first one.",
    usage: "<keyspace/shard>",
    flags: {
      newPrimary: tabletFlag("Tablet that shall be primary; empty: chosen."),
      avoidPrimary: tabletFlag("Tablet that shall not be primary; if it is none now, nothing is done."),
      expectedPrimary: tabletFlag("Tablet that must be primary now."),
      waitReplicasTimeoutMs: waitFlag(15_000),
      tolerableReplicationLagMs: flag({ parse: periodMs, default: 0, help: "Most lag of a candidate; 0: any." }),
      allowCrossCellPromotion: flag({
        parse: boolean,
        default: false,
        help: "The new primary may be in another cell.",
      }),
    },
    run: async ({ call, flags, words: [name = ""], print }) => {
      const { events } = await call(Vtctld.method.plannedReparentShard, {
        ...keyspaceShard(name),
        ...wish("newPrimary", flags.newPrimary),
        ...wish("avoidPrimary", flags.avoidPrimary),
        ...wish("expectedPrimary", flags.expectedPrimary),
        waitReplicasTimeout: duration(flags.waitReplicasTimeoutMs),
        tolerableReplicationLag: duration(flags.tolerableReplicationLagMs),
        allowCrossCellPromotion: flags.allowCrossCellPromotion,
      });
      printEvents(print, events);
    },
  }),
  clientCommand({
    name: "EmergencyReparentShard",
    summary: "Gives a shard another primary when the present one is lost.",
    usage: "<keyspace/shard>",
    flags: {
      newPrimary: tabletFlag("Tablet that shall be primary; empty: the most advanced."),
      expectedPrimary: tabletFlag("Tablet that must be primary now."),
      waitReplicasTimeoutMs: waitFlag(15_000),
      preventCrossCellPromotion: flag({ parse: boolean, default: false, help: "Only within the old primary's cell." }),
      waitForAllTablets: flag({ parse: boolean, default: false, help: "Wait for all tablets, not all but one." }),
      ignoreReplicas: flag({ parse: listOf(string), default: [], short: "i", help: "Tablets that are left alone." }),
    },
    run: async ({ call, flags, words: [name = ""], print }) => {
      const { events } = await call(Vtctld.method.emergencyReparentShard, {
        ...keyspaceShard(name),
        ...wish("newPrimary", flags.newPrimary),
        ...wish("expectedPrimary", flags.expectedPrimary),
        ignoreReplicas: flags.ignoreReplicas.map(alias),
        waitReplicasTimeout: duration(flags.waitReplicasTimeoutMs),
        preventCrossCellPromotion: flags.preventCrossCellPromotion,
        waitForAllTablets: flags.waitForAllTablets,
      });
      printEvents(print, events);
    },
  }),
  clientCommand({
    name: "InitShardPrimary",
    summary: "Gives a new shard its first primary. Use PlannedReparentShard.",
    usage: "<keyspace/shard> <alias>",
    flags: {
      force: flag({ parse: boolean, default: false, short: "f", help: "Even where the shard has a primary." }),
      waitReplicasTimeoutMs: waitFlag(30_000),
    },
    run: async ({ call, flags, words: [name = "", tablet = ""], print }) => {
      const { events } = await call(Vtctld.method.initShardPrimary, {
        ...keyspaceShard(name),
        primaryElectTabletAlias: alias(tablet),
        force: flags.force,
        waitReplicasTimeout: duration(flags.waitReplicasTimeoutMs),
      });
      printEvents(print, events);
    },
  }),
  clientCommand({
    name: "ReparentTablet",
    summary: "Makes a tablet follow the primary of its shard.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""] }) => {
      await call(Vtctld.method.reparentTablet, { tablet: alias(tablet) });
    },
  }),
  clientCommand({
    name: "TabletExternallyReparented",
    summary: "Tells the cluster that a tablet was made primary from outside.",
    usage: "<alias>",
    flags: {},
    run: async ({ call, words: [tablet = ""], print }) => {
      const answer = await call(Vtctld.method.tabletExternallyReparented, { tablet: alias(tablet) });
      print.message(TabletExternallyReparentedResponseSchema, answer);
    },
  }),
];

export function printEvents(print: Print, events: readonly Event[]): void {
  for (const { value } of events) print.line(value);
}
