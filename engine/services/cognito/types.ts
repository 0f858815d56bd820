/** What user pools are made of. */

export interface ClientConfig {
  name: string;
  userPoolId: string;
  callbackUrls: string[];
  logoutUrls: string[];
  scopes: string[];
  /** Such as `code`; without it the sign-in page and the token endpoint refuse the client. */
  oauthFlows: string[];
  /** One hour when left out. */
  idTokenSeconds?: number;
  /** One hour when left out. */
  accessTokenSeconds?: number;
  /** 30 days when left out. */
  refreshTokenSeconds?: number;
}

export interface User {
  /** Also the user name: people are known by their e-mail addresses, and Cognito then makes names up. */
  sub: string;
  email: string;
  createdAt: Date;
}

export interface TokenSet {
  idToken: string;
  accessToken: string;
  refreshToken: string;
  /** Seconds that the access token lives. */
  expiresIn: number;
  scopes: string[];
}
