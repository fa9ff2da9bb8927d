/**
 * A client of MySQL's protocol that says exactly what a test tells it to, and shows the packets it gets: to compare our
 * server with a real one, packet by packet. It logs in without a password.
 */
import { connect, type Socket } from "node:net";
import { capability, command } from "../mysql/packets/capabilities.ts";
import { framePacket } from "../mysql/packets/frame.ts";
import { decodeAuthSwitch, encodeLogin } from "../mysql/packets/handshake.ts";
import { PacketAssembler } from "../mysql/packet-assembler.ts";

export const wireCapabilities =
  capability.longPassword |
  capability.longFlag |
  capability.protocol41 |
  capability.transactions |
  capability.secureConnection |
  capability.multiResults |
  capability.preparedMultiResults |
  capability.pluginAuth |
  capability.connectWithDatabase;

export interface WireLogin {
  readonly username: string;
  readonly database?: string;
  readonly capabilities: number;
}

export class WireClient {
  readonly #socket: Socket;
  readonly #packets: Buffer[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;
  /** Of the last packet. */
  sequence = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const assembler = new PacketAssembler(2 ** 30, (payload, sequence) => {
      this.sequence = sequence;
      this.#packets.push(Buffer.from(payload));
    });
    socket.on("data", (chunk: Buffer) => {
      assembler.push(chunk);
      this.#wake?.();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake?.();
    });
  }

  /** Nothing but the connection: the caller logs in. */
  static open(where: { readonly path: string } | { readonly port: number; readonly host: string }): WireClient {
    return new WireClient(connect(where));
  }

  static async login(where: Parameters<typeof WireClient.open>[0], wanted: WireLogin): Promise<WireClient> {
    const client = WireClient.open(where);
    await client.logIn(wanted);
    return client;
  }

  /** After what had to be said before. */
  async logIn({ capabilities, username, database }: WireLogin): Promise<void> {
    await this.packet();
    const login = {
      capabilities,
      packetSizeMax: 2 ** 24,
      collation: 45,
      username,
      authResponse: Buffer.alloc(0),
      database: database ?? "",
      authMethod: "mysql_native_password",
      attributes: {},
    };
    this.send(encodeLogin(login), 1);
    await this.loggedIn();
  }

  /** Answers whatever method the server asks for with no password, until it says OK. */
  async loggedIn(): Promise<void> {
    for (;;) {
      const packet = await this.packet();
      if (packet[0] === 0xff) throw new Error(packet.subarray(9).toString());
      if (packet[0] === 0xfe) {
        decodeAuthSwitch(packet);
        this.send(Buffer.alloc(0), this.sequence + 1);
      } else if (packet[0] === 0x00) return;
    }
  }

  get isClosed(): boolean {
    return this.#isClosed && this.#packets.length === 0;
  }

  send(payload: Buffer, sequence = 0): void {
    this.#socket.write(framePacket(payload, sequence));
  }
  sendBytes(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** The next packet's payload; rejects when the server closed. */
  async packet(): Promise<Buffer> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      if (this.#isClosed) throw new Error("the server closed the connection");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Sends a command and gathers packets until the one that `isLast`; by default EOF, ERR, or a first OK. */
  async command(payload: Buffer, isLast: (packet: Buffer, index: number) => boolean = endsAnswer): Promise<Buffer[]> {
    this.send(payload);
    const packets: Buffer[] = [];
    for (;;) {
      const packet = await this.packet();
      packets.push(packet);
      if (isLast(packet, packets.length - 1)) return packets;
    }
  }

  close(): void {
    this.send(Buffer.from([command.quit]));
    this.#socket.end();
  }
  destroy(): void {
    this.#socket.destroy();
  }
}

function endsAnswer(packet: Buffer, index: number): boolean {
  return packet[0] === 0xff || packet[0] === 0xfe || (index === 0 && packet[0] === 0x00);
}
