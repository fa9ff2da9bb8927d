/**
 * A file that a client is asked for in the middle of a statement (LOAD DATA LOCAL): its packets are bytes of the file, an
 * empty one is its end. Clients agree to it when they log in; which file is the statement's to say, and nobody else's.
 * https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_local_infile_request.html
 */

/** Takes the file's bytes. Exactly one of `end` and `lost` is the last call. */
export interface FileReader {
  /** Valid only during the call. False: the client is not read until `resume` of the request. */
  bytes(chunk: Buffer): boolean;
  end(): void;
  /** The client is gone. */
  lost(): void;
}

export interface FileRequest {
  resume(): void;
}

const fileRequested = 0xfb;

export const encodeFileRequest = (name: Buffer): Buffer => Buffer.concat([Buffer.of(fileRequested), name]);

/** For clients that no file can be asked of. */
export const noFiles = {
  sendsFiles: false,
  requestFile: (): FileRequest => {
    throw new Error("a client was asked for a file that it cannot send");
  },
} as const;
