/**
 * Capability and status flags of MySQL's protocol, and the sets that our two sides speak.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html
 */

export const capability = {
  longPassword: 1,
  foundRows: 2,
  longFlag: 4,
  connectWithDatabase: 8,
  compress: 32,
  localFiles: 128,
  protocol41: 512,
  interactive: 1024,
  ssl: 2048,
  transactions: 0x2000,
  secureConnection: 0x8000,
  multiStatements: 0x1_0000,
  multiResults: 0x2_0000,
  preparedMultiResults: 0x4_0000,
  pluginAuth: 0x8_0000,
  connectAttributes: 0x10_0000,
  pluginAuthLenenc: 0x20_0000,
  sessionTrack: 0x80_0000,
  deprecateEof: 0x100_0000,
  zstd: 0x400_0000,
  queryAttributes: 0x800_0000,
} as const;

/** What we ask of every database server: one fixed set, so that rows look the same whoever reads them later. */
export const backendCapabilities =
  capability.longPassword |
  capability.longFlag |
  capability.protocol41 |
  capability.transactions |
  capability.secureConnection |
  capability.multiResults |
  capability.preparedMultiResults |
  capability.pluginAuth |
  capability.pluginAuthLenenc |
  capability.connectAttributes |
  capability.sessionTrack |
  capability.deprecateEof;

/** What we offer to clients; `ssl` is added where the server has a certificate. */
export const frontendCapabilities =
  capability.longPassword |
  capability.foundRows |
  capability.longFlag |
  capability.connectWithDatabase |
  capability.protocol41 |
  capability.interactive |
  capability.transactions |
  capability.secureConnection |
  capability.multiStatements |
  capability.multiResults |
  capability.preparedMultiResults |
  capability.pluginAuth |
  capability.pluginAuthLenenc |
  capability.connectAttributes |
  capability.sessionTrack |
  capability.deprecateEof |
  capability.queryAttributes;

export const statusFlag = {
  inTransaction: 1,
  autocommit: 2,
  moreResults: 8,
  noGoodIndex: 16,
  noIndex: 32,
  cursorExists: 64,
  lastRowSent: 128,
  databaseDropped: 256,
  noBackslashEscapes: 512,
  metadataChanged: 1024,
  slowQuery: 2048,
  outParameters: 4096,
  inReadOnlyTransaction: 8192,
  sessionStateChanged: 16_384,
} as const;

export const command = {
  quit: 0x01,
  initDatabase: 0x02,
  query: 0x03,
  fieldList: 0x04,
  createDatabase: 0x05,
  dropDatabase: 0x06,
  refresh: 0x07,
  shutdown: 0x08,
  statistics: 0x09,
  listProcesses: 0x0a,
  killConnection: 0x0c,
  debug: 0x0d,
  ping: 0x0e,
  changeUser: 0x11,
  binlogDump: 0x12,
  tableDump: 0x13,
  registerReplica: 0x15,
  statementPrepare: 0x16,
  statementExecute: 0x17,
  statementSendLongData: 0x18,
  statementClose: 0x19,
  statementReset: 0x1a,
  setOption: 0x1b,
  statementFetch: 0x1c,
  binlogDumpGtid: 0x1e,
  resetConnection: 0x1f,
} as const;

/** The longest payload of one packet; a payload of just this length goes on in the next packet. */
export const packetPayloadMax = 0xff_ffff;
