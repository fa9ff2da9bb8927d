/**
 * One client of our MySQL server: login, then commands one at a time. Commands that a client sends ahead wait in a short
 * queue; beyond it the client is not read. Every command ends in exactly one answer, but those the protocol gives none.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase.html
 */
import type { Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import type { BatchedSocket, SocketListener } from "../base/socket.ts";
import { MalformedBytes } from "../sqltypes/wire.ts";
import { AnswerWriter, errorPacket } from "./answer-writer.ts";
import { CommandTable } from "./server-commands.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import { emptyTrailer, encodeError, encodeOk } from "./packets/answers.ts";
import { capability, statusFlag } from "./packets/capabilities.ts";
import { framePacket } from "./packets/frame.ts";
import {
  decodeChangeUser,
  encodeAuthSwitch,
  encodeGreeting,
  type LoginRequest,
  saltSize,
} from "./packets/handshake.ts";
import type { ServerEnvironment, ServerLimits, ServerOptions } from "./server.ts";
import {
  type AcceptedLogin,
  loginPayloadMax,
  type LoginRules,
  serverCapabilities,
  type ServerLoginState,
  stepServerLogin,
} from "./server-login.ts";
import type { Client, SqlService, SqlSession } from "./session.ts";

const pendingCommandsMax = 64;
const pendingBytesMax = 1024 * 1024;

export class ServerConnection implements SocketListener, Client {
  readonly id: number;
  readonly remoteAddress: string;
  readonly #env: ServerEnvironment;
  readonly #options: ServerOptions;
  readonly #limits: ServerLimits;
  readonly #service: SqlService;
  readonly #socket: BatchedSocket;
  readonly #assembler: PacketAssembler;
  #loginTimer: Timer | undefined;
  #salt: Buffer;
  #state: ServerLoginState = { phase: "first", isSecure: false };
  #sequence = 0;
  #login: AcceptedLogin | undefined;
  #session: SqlSession | undefined;
  #commands: CommandTable | undefined;
  #answer: AnswerWriter | undefined;
  #isBusy = false;
  #isClosed = false;
  #pending: { readonly payload: Buffer; readonly sequence: number }[] = [];
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
  ) {
    this.#env = env;
    this.#options = options;
    this.#limits = limits;
    this.#service = service;
    this.#socket = socket;
    this.id = id;
    this.remoteAddress = socket.remoteAddress;
    this.#salt = makeSalt(env.random.bytes(saltSize));
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
  get #tls(): LoginRules["tls"] {
    if (this.#options.tls === undefined) return "off";
    return this.#options.requireTls === true ? "required" : "offered";
  }
  get #rules(): LoginRules {
    const { authentication } = this.#options;
    return { authentication, tls: this.#tls, remoteAddress: this.remoteAddress, salt: this.#salt };
  }

  greet(): void {
    const greeting = encodeGreeting({
      serverVersion: this.#options.serverVersion,
      connectionId: this.id,
      salt: this.#salt,
      capabilities: serverCapabilities(this.#tls),
      collation: 45,
      statusFlags: statusFlag.autocommit,
      authMethod: this.#options.authentication.defaultMethod,
    });
    this.#socket.writeOwned(framePacket(greeting, 0));
  }

  refuse(errno: number, sqlState: string, text: string): void {
    this.#state = { phase: "refused" };
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

  bytes(chunk: Buffer): void {
    this.#guard(() => {
      const used = this.#assembler.push(chunk);
      if (this.#state.phase === "tls" && !this.#socket.isEncrypted) this.#startTls(chunk.subarray(used));
    });
  }

  #startTls(ahead: Buffer): void {
    this.#socket.startTls(this.#options.tls ?? { verifyPeer: false }, "server", ahead, () => {
      this.#state = { phase: "first", isSecure: true };
      this.#assembler.restart();
    });
  }

  /** A client that breaks the protocol is told so and shut out. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      if (!(thrown instanceof MalformedBytes)) throw thrown;
      this.#env.log.warn({ connection: this.id, from: this.remoteAddress, err: thrown }, "a client sent nonsense");
      const text = `malformed packet: ${errorText(thrown)}`;
      this.#socket.writeOwned(framePacket(encodeError(1835, "HY000", text), this.#sequence + 1));
      this.#socket.end();
      this.closed();
    }
  }

  drained(): void {
    this.#answer?.onRoom?.();
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#loginTimer?.cancel();
    this.#assembler.stop();
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
    if (this.#isBusy) return this.#queue(payload, sequence);
    this.#run(payload, sequence);
  }

  #queue(payload: Buffer, sequence: number): void {
    this.#pending.push({ payload: Buffer.from(payload), sequence });
    this.#pendingBytes += payload.length;
    if (this.#pending.length >= pendingCommandsMax || this.#pendingBytes > pendingBytesMax) this.#socket.pause();
  }

  #loginStep(payload: Buffer, sequence: number): void {
    const step = stepServerLogin(this.#state, payload, this.#rules);
    this.#state = step.state;
    let next = sequence + 1;
    for (const packet of step.send) this.#socket.writeOwned(framePacket(packet, next++));
    if (step.startTls) this.#assembler.stop();
    if (step.state.phase === "refused") this.#socket.end();
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
        this.#socket.writeOwned(framePacket(errorPacket(thrown), sequence));
        this.#socket.end();
      },
    );
  }

  #sessionIsOpen(session: SqlSession, login: AcceptedLogin, sequence: number): void {
    if (this.#isClosed) return session.close();
    this.#session = session;
    this.#assembler.payloadMax = this.#limits.payloadMax;
    const answer = new AnswerWriter(this.#socket, login.capabilities, () => this.#next());
    this.#answer = answer;
    this.#commands = new CommandTable({
      client: this,
      session,
      answer,
      limits: this.#limits,
      quit: () => this.#socket.end(),
      changeUser: (body, from) => this.#changeUser(body, from),
      setMultiStatements: (isOn) => {
        this.multiStatements = isOn;
      },
    });
    const ok = encodeOk({ ...emptyTrailer, statusFlags: session.statusFlags }, login.capabilities);
    this.#socket.writeOwned(framePacket(ok, sequence));
    this.#next();
  }

  #run(payload: Buffer, sequence: number): void {
    this.#isBusy = true;
    this.#commands?.run(payload, sequence);
  }

  /** The command under way is answered. */
  #next(): void {
    this.#isBusy = false;
    const next = this.#pending.shift();
    if (next === undefined) return;
    this.#pendingBytes -= next.payload.length;
    if (this.#pending.length === 0) this.#socket.resume();
    // Not at once: a client that sends far ahead must not make us recurse.
    this.#isBusy = true;
    setImmediate(() => {
      if (!this.#isClosed) this.#guard(() => this.#run(next.payload, next.sequence));
    });
  }

  /** COM_CHANGE_USER: the session ends whole, then the login begins again with a salt of its own. */
  #changeUser(body: Buffer, sequence: number): void {
    const request = decodeChangeUser(body, this.login);
    const session = this.#session;
    this.#commands?.close();
    const goOn = () => {
      if (!this.#isClosed) this.#askAgain(request, sequence);
    };
    session?.reset().then(goOn, (thrown: unknown) => {
      this.#env.log.warn({ connection: this.id, err: thrown }, "a session could not let go of all it held");
      goOn();
    });
  }

  #askAgain(request: Omit<LoginRequest, "authResponse">, sequence: number): void {
    this.#endSession();
    this.#assembler.payloadMax = loginPayloadMax;
    this.#watchLogin();
    const method = this.#options.authentication.methodFor(request.username, request.authMethod);
    this.#salt = makeSalt(this.#env.random.bytes(saltSize));
    const asked = { ...request, authResponse: Buffer.alloc(0), authMethod: method };
    this.#state = { phase: "switched", isSecure: this.isEncrypted, request: asked, method };
    this.#socket.writeOwned(framePacket(encodeAuthSwitch({ method, salt: this.#salt }), sequence + 1));
  }
}

/** Old clients take the salt for a string: no zero bytes, 7 bits. */
function makeSalt(bytes: Buffer): Buffer {
  return bytes.map((byte) => byte & 0x7f || 1) as Buffer;
}
