/**
 * One client of our MySQL server: login, then commands one at a time. Commands that a client sends ahead wait in a short
 * queue; beyond it the client is not read. Every command ends in exactly one answer, but those the protocol gives none.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html
 */
import type { Timer } from "../base/clock.ts";
import { ServerError } from "../base/errors.ts";
import type { BatchedSocket, SocketListener } from "../base/socket.ts";
import { tlsNow } from "../base/tls.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";
import { AnswerWriter, errorPacket } from "./answer-writer.ts";
import { saltOf } from "./auth/salt.ts";
import { loginRules, nonsense } from "./client-facts.ts";
import { codecFor, CompressedReader, CompressedWriter, type PacketSocket } from "./compression.ts";
import { CommandTable } from "./server-commands.ts";
import { countClient } from "./server-metrics.ts";
import { encodeFileRequest, type FileReader, type FileRequest } from "./file-request.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import { emptyTrailer, encodeError, encodeOk } from "./packets/answers.ts";
import { capability, statusFlag } from "./packets/capabilities.ts";
import { framePacket } from "./packets/frame.ts";
import { decodeChangeUser, encodeGreeting, type LoginRequest } from "./packets/handshake.ts";
import type { ServerEnvironment, ServerLimits, ServerOptions } from "./server.ts";
import {
  type AcceptedLogin,
  loginPayloadMax,
  type LoginRules,
  serverCapabilities,
  type ServerLoginState,
  type ServerLoginStep,
  stepServerLogin,
  switchTo,
} from "./server-login.ts";
import type { Client, SqlService, SqlSession } from "./session.ts";

const pendingCommandsMax = 64;
const pendingBytesMax = 1024 * 1024;

interface PendingCommand {
  readonly payload: Buffer;
  readonly sequence: number;
  readonly frameSequence: number;
}

export class ServerConnection implements SocketListener, Client {
  readonly id: number;
  readonly remoteAddress: string;
  readonly #env: ServerEnvironment;
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #service: SqlService;
  readonly #socket: BatchedSocket;
  readonly #assembler: PacketAssembler;
  readonly #startedMs: number;
  #loginTimer: Timer | undefined;
  /** Where packets go: the socket, or what compresses before it. */
  #out: PacketSocket;
  #compressed: { readonly reader: CompressedReader; readonly writer: CompressedWriter } | undefined;
  /** Of the compressed frame that the packet came in. */
  #frameSequence = 0;
  #commandMs = 0;
  /** Undoes what this client counts in the metrics. */
  #uncount: (() => void) | undefined;
  #salt: Buffer;
  #state: ServerLoginState = { phase: "first", isSecure: false };
  #sequence = 0;
  #login: AcceptedLogin | undefined;
  #session: SqlSession | undefined;
  #commands: CommandTable | undefined;
  #answer: AnswerWriter | undefined;
  #isBusy = false;
  /** Takes the file that the client is sending. */
  #file: FileReader | undefined;
  #isClosed = false;
  #pending: PendingCommand[] = [];
  #pendingBytes = 0;
  multiStatements = false;
  onClosed: (() => void) | undefined;

  constructor(
    env: ServerEnvironment,
    options: ServerOptions,
    limits: ServerLimits,
    service: SqlService,
    socket: BatchedSocket,
    id: number,
    remoteAddress: string,
  ) {
    this.#env = env;
    this.#options = options;
    this.#limits = limits;
    this.#service = service;
    this.#socket = socket;
    this.#out = socket;
    this.#startedMs = env.clock.monotonicMs();
    this.id = id;
    this.remoteAddress = remoteAddress;
    this.#salt = saltOf(env.random);
    this.#assembler = new PacketAssembler(loginPayloadMax, (payload, sequence) => this.#payload(payload, sequence));
    this.#watchLogin();
  }

  #watchLogin(): void {
    this.#loginTimer = this.#env.clock.after(this.#limits.loginTimeoutMs, () => this.destroy());
  }

  get login(): AcceptedLogin {
    if (this.#login === undefined) throw new Error("nobody has logged in yet");
    return this.#login;
  }
  get isEncrypted(): boolean {
    return this.#socket.isEncrypted;
  }
  get #rules(): LoginRules {
    return loginRules(this.#options, this.#socket, this.remoteAddress, this.#salt);
  }

  greet(): void {
    const greeting = encodeGreeting({
      serverVersion: this.#options.serverVersion,
      connectionId: this.id,
      salt: this.#salt,
      capabilities: serverCapabilities(this.#rules),
      collation: 45,
      statusFlags: statusFlag.autocommit,
      authMethod: this.#options.authentication.defaultMethod,
    });
    this.#socket.writeOwned(framePacket(greeting, 0));
  }

  refuse(errno: number, sqlState: string, text: string): void {
    this.#state = { phase: "refused" };
    this.#limits.metrics.refused.add(1);
    this.#socket.writeOwned(framePacket(encodeError(errno, sqlState, text), 0));
    this.#socket.end();
  }

  /** KILL QUERY. */
  interrupt(): boolean {
    this.#session?.interrupt();
    return this.#session !== undefined;
  }
  destroy(): void {
    this.#socket.destroy();
  }
  /** A command is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }
  #end(): void {
    (this.#compressed?.writer ?? this.#socket).end();
  }

  bytes(chunk: Buffer): void {
    try {
      const used = this.#assembler.push(chunk);
      if (this.#state.phase === "tls" && !this.#socket.isEncrypted) this.#startTls(chunk.subarray(used));
    } catch (thrown) {
      this.#refuseNonsense(thrown);
    }
  }

  #startTls(ahead: Buffer): void {
    this.#socket.startTls(tlsNow(this.#options.tls), "server", ahead, () => {
      this.#state = { phase: "first", isSecure: true };
      this.#assembler.restart();
    });
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      this.#refuseNonsense(thrown);
    }
  }

  /** A client that breaks the protocol is told so and shut out. */
  #refuseNonsense(thrown: unknown): void {
    if (!(thrown instanceof MalformedBytes)) throw thrown;
    this.#env.log.warn({ connection: this.id, from: this.remoteAddress, err: thrown }, "a client sent nonsense");
    this.#out.writeOwned(framePacket(nonsense(thrown), this.#sequence + 1));
    if (this.#state.phase !== "done") this.#limits.metrics.refused.add(1);
    this.#end();
    this.closed();
  }

  drained(): void {
    this.#answer?.onRoom?.();
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#file?.lost();
    this.#loginTimer?.cancel();
    this.#assembler.stop();
    this.#compressed?.reader.close();
    this.#uncount?.();
    this.#endSession();
    this.#pending = [];
    this.onClosed?.();
  }

  #endSession(): void {
    this.#commands?.close();
    this.#session?.close();
    this.#commands = undefined;
    this.#session = undefined;
  }

  #payload(payload: Buffer, sequence: number): void {
    if (this.#isClosed) return;
    this.#sequence = sequence;
    if (this.#state.phase !== "done") return this.#loginStep(payload, sequence);
    if (this.#file !== undefined) return this.#takeFile(this.#file, payload, sequence);
    if (this.#isBusy) return this.#queue(payload, sequence);
    this.#run(payload, sequence);
  }

  #queue(payload: Buffer, sequence: number): void {
    this.#pending.push({ payload: Buffer.from(payload), sequence, frameSequence: this.#frameSequence });
    this.#pendingBytes += payload.length;
    if (this.#pending.length >= pendingCommandsMax || this.#pendingBytes > pendingBytesMax) this.#socket.pause();
  }

  get sendsFiles(): boolean {
    return (this.login.capabilities & capability.localFiles) !== 0;
  }
  requestFile(name: Buffer, reader: FileReader): FileRequest {
    // Commands that were sent ahead could not be told from the file.
    if (this.#pending.length > 0) throw new ServerError(1835, "HY000", "Malformed communication packet.");
    this.#answer?.packet(encodeFileRequest(name));
    this.#file = reader;
    return { resume: () => this.#socket.resume() };
  }
  #takeFile(reader: FileReader, payload: Buffer, sequence: number): void {
    if (payload.length > 0) return reader.bytes(payload) ? undefined : this.#socket.pause();
    this.#file = undefined;
    this.#answer?.goOn(sequence);
    this.#compressed?.writer.begin(this.#frameSequence + 1);
    reader.end();
  }

  #loginStep(payload: Buffer, sequence: number): void {
    const step = stepServerLogin(this.#state, payload, this.#rules);
    this.#compressed?.writer.begin(this.#frameSequence + 1);
    this.#take(step, sequence);
  }

  #take(step: ServerLoginStep, sequence: number): void {
    this.#state = step.state;
    let next = sequence + 1;
    for (const packet of step.send) this.#out.writeOwned(framePacket(packet, next++));
    if (step.startTls) this.#assembler.stop();
    if (step.state.phase === "refused") {
      this.#limits.metrics.refused.add(1);
      this.#end();
    }
    if (step.state.phase === "done") this.#openSession(step.state.login, next);
  }

  #openSession(login: AcceptedLogin, sequence: number): void {
    this.#login = login;
    this.#loginTimer?.cancel();
    this.#isBusy = true;
    this.multiStatements = (login.capabilities & capability.multiStatements) !== 0;
    this.#service.open(this).then(
      (session) => this.#sessionIsOpen(session, login, sequence),
      (thrown: unknown) => {
        this.#limits.metrics.refused.add(1);
        this.#out.writeOwned(framePacket(errorPacket(thrown), sequence));
        this.#end();
      },
    );
  }

  #sessionIsOpen(session: SqlSession, login: AcceptedLogin, sequence: number): void {
    if (this.#isClosed) return session.close();
    this.#session = session;
    this.#limitPayloads(this.#limits.payloadMax);
    this.#count(login);
    const ok = encodeOk({ ...emptyTrailer, statusFlags: session.statusFlags }, login.capabilities);
    this.#out.writeOwned(framePacket(ok, sequence));
    if (this.#compressed === undefined) this.#compress(login);
    const answer = new AnswerWriter(this.#out, login.capabilities, () => this.#next());
    this.#answer = answer;
    this.#commands = new CommandTable({
      client: this,
      session,
      answer,
      limits: this.#limits,
      quit: () => this.#end(),
      changeUser: (body, from) => this.#changeUser(body, from),
      setMultiStatements: (isOn) => {
        this.multiStatements = isOn;
      },
    });
    this.#idle();
  }

  #limitPayloads(payloadMax: number): void {
    this.#assembler.payloadMax = payloadMax;
    if (this.#compressed !== undefined) this.#compressed.reader.frameMax = payloadMax + frameSlack;
  }

  /** From here on all bytes travel in compressed frames, where both sides can. */
  #compress({ capabilities, zstdLevel }: AcceptedLogin): void {
    const codec = codecFor(capabilities, zstdLevel);
    if (codec === undefined) return;
    const reader = new CompressedReader(codec, this.#limits.payloadMax + frameSlack, {
      bytes: (bytes, sequence) => {
        this.#frameSequence = sequence;
        this.#assembler.push(bytes);
      },
      pause: () => this.#socket.pause(),
      resume: () => {
        if (this.#pending.length === 0) this.#socket.resume();
      },
      failed: (error) =>
        this.#guard(() => {
          throw error;
        }),
    });
    const writer = new CompressedWriter(this.#socket, codec, () => this.#answer?.onRoom?.());
    this.#compressed = { reader, writer };
    this.#out = writer;
    const drained = () => (writer.isFull ? undefined : this.drained());
    const bytes = (chunk: Buffer) => this.#guard(() => reader.push(chunk));
    this.#socket.listen({ bytes, drained, closed: () => this.closed() });
  }

  #count({ identity }: AcceptedLogin): void {
    this.#uncount?.();
    const { metrics, slowConnectMs } = this.#limits;
    const tookMs = this.#env.clock.monotonicMs() - this.#startedMs;
    if (this.#uncount === undefined) {
      metrics.connectTiming.record(tookMs);
      if (slowConnectMs > 0 && tookMs > slowConnectMs) {
        metrics.slow.add(1);
        this.#env.log.warn({ connection: this.id, user: identity.username, tookMs }, "a client's login was slow");
      }
    }
    this.#uncount = countClient(metrics, identity.username, this.#socket.tlsVersion);
  }

  #run(payload: Buffer, sequence: number): void {
    this.#isBusy = true;
    this.#commandMs = this.#env.clock.monotonicMs();
    if (this.#compressed !== undefined) this.#compressed.writer.begin(this.#frameSequence + 1);
    this.#commands?.run(payload, sequence);
  }

  /** The command under way is answered. */
  #next(): void {
    this.#limits.metrics.queryTiming.record(this.#env.clock.monotonicMs() - this.#commandMs);
    this.#idle();
  }

  #idle(): void {
    this.#isBusy = false;
    const next = this.#pending.shift();
    if (next === undefined) return;
    this.#pendingBytes -= next.payload.length;
    if (this.#pending.length === 0) this.#socket.resume();
    // Not at once: a client that sends far ahead must not make us recurse.
    this.#isBusy = true;
    setImmediate(() => {
      if (this.#isClosed) return;
      this.#frameSequence = next.frameSequence;
      this.#guard(() => this.#run(next.payload, next.sequence));
    });
  }

  /** COM_CHANGE_USER: the session ends whole, then the login begins again with a salt of its own. */
  #changeUser(body: Buffer, sequence: number): void {
    const request = decodeChangeUser(body, this.login);
    const session = this.#session;
    this.#commands?.close();
    const goOn = () => (this.#isClosed ? undefined : this.#askAgain(request, sequence));
    session?.reset().then(goOn, (thrown: unknown) => {
      this.#env.log.warn({ connection: this.id, err: thrown }, "a session could not let go of all it held");
      goOn();
    });
  }

  #askAgain(request: Omit<LoginRequest, "authResponse">, sequence: number): void {
    this.#endSession();
    this.#limitPayloads(loginPayloadMax);
    this.#watchLogin();
    const isSecure = this.isEncrypted || this.remoteAddress === "";
    const method = this.#options.authentication.methodFor(request.username, request.authMethod, isSecure);
    this.#salt = saltOf(this.#env.random);
    const asked = { ...request, authResponse: Buffer.alloc(0), authMethod: method };
    this.#take(switchTo(method, asked, isSecure, this.#rules), sequence);
  }
}

/** A frame may hold a packet of the greatest length, and its headers. */
const frameSlack = 64 * 1024;
