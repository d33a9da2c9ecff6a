/* Both packets of the link between agent and courier. What decodes is written again,
 * byte for byte. */
#include "agent/courier/exchange.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[XA_PACKET_MAX];
    static struct xa_request request;
    static struct xa_record record;
    struct xa_slice packet = { data, size };
    struct xa_error err = { 0 };
    if (xa_request_decode(packet, &request, &err)) {
        HOLDS(request.n_headers <= XA_EXCHANGE_HEADERS_MAX);
        for (size_t i = 0; i < request.n_headers; i++)
            HOLDS(lies_in(request.headers[i], packet) && request.headers[i].len > 0);
        HOLDS(lies_in(request.url, packet) && lies_in(request.body, packet));
        HOLDS(xa_request_length(&request) == size);
        HOLDS(xa_request_encode(&request, room, sizeof room) == size);
        HOLDS(memcmp(room, data, size) == 0);
        HOLDS(!xa_record_decode(packet, &record, &err));
    } else if (xa_record_decode(packet, &record, &err)) {
        HOLDS(xa_record_sound(&record));
        HOLDS(lies_in(record.token, packet) && lies_in(record.aws_message, packet));
        HOLDS(xa_record_encode(&record, room, sizeof room) == size);
        HOLDS(memcmp(room, data, size) == 0);
    } else {
        HOLDS(err.code == XA_BAD_MESSAGE);
    }
    return 0;
}
