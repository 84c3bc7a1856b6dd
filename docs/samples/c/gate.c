/* A gate that asks the terminal agent over its line socket. No library but the system's.
 *
 *     ecard-terminal serve --state DIR --port 7410 --line-port 7411
 *     cc -std=c11 -o gate gate.c && ./gate 7411 < scanner
 *
 * 扫码枪每读一行，就得到一行 JSON 结论；放行才开闸。Each scanned line is answered by one line of JSON; the gate opens on "accepted" alone.
 */
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define LONGEST_TEXT 4096

static FILE *agent(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int line = socket(AF_INET, SOCK_STREAM, 0);
    if (line < 0)
        return NULL;
    if (connect(line, (struct sockaddr *)&address, sizeof address) != 0) {
        close(line);
        return NULL;
    }
    return fdopen(line, "r+");
}

static int send_text(FILE *to, const char *text)
{
    size_t length = strlen(text);
    return write(fileno(to), text, length) == (ssize_t)length; /* one call: no half line waits in a buffer */
}

int main(int count, char **arguments)
{
    char text[LONGEST_TEXT], *answer = NULL;
    size_t room = 0;
    FILE *line = agent(count > 1 ? atoi(arguments[1]) : 7411);
    if (line == NULL) {
        fprintf(stderr, "终端服务没有应答 / the agent does not answer: keep the gate closed, call staff\n");
        return 1;
    }
    while (fgets(text, sizeof text, stdin) != NULL) {
        if (strchr(text, '\n') == NULL) {
            int rest = 0;
            while (rest != '\n' && rest != EOF) /* longer than any code: what is left of the line changes no verdict */
                rest = getchar();
            text[sizeof text - 2] = '\0';
            strcat(text, "\n");
        }
        if (!send_text(line, text) || getline(&answer, &room, line) < 0) {
            fprintf(stderr, "终端服务已停止 / the agent has gone: keep the gate closed, call staff\n");
            free(answer);
            return 1;
        }
        /* The verdict is the first member, and no text of ours can come before it. */
        int opens = strncmp(answer, "{\"verdict\":\"accepted\"", 21) == 0;
        printf("%s %s", opens ? "OPEN" : "STAY", answer);
        fflush(stdout);
    }
    free(answer);
    fclose(line);
    return 0;
}
