/** Our version (package.json's, checked by a test) and the Vitess whose wire formats we speak. */
export const version = "0.1.0";
export const vitessVersion = "24.0.0";
