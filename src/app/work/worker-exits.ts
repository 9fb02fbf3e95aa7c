/** Exit codes of a worker. */
export const workerExits = {
  /** A job was done, well or not; its row says so. */
  done: 0,
  /** Ended before the job was, because the session or the server is gone. */
  interrupted: 7,
  /** The queue belongs to another worker. */
  busy: 8,
  nothing: 9,
} as const;
