package org.smsdispatcher.tracking;

/**
 * A request for a short link.
 *
 * @param token what stands behind the slash, in the form of a token
 * @param sign what gives it away as a program's: {@code head}, {@code header}, {@code userAgent}; null when nothing does
 * @param userAgent as sent, cut, without control characters; null when there is none
 */
public record Click(String token, String sign, String userAgent) {}
